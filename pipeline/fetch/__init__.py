"""HTTP for feeds and pages, with limits and an address guard -> bytes."""

from pipeline.fetch.fetcher import Fetched, Fetcher, Validators, host_of, retry_after, user_agent

__all__ = ["Fetched", "Fetcher", "Validators", "host_of", "retry_after", "user_agent"]
