"""HTTP for feeds and pages, with limits and an address guard -> bytes."""

from pipeline.fetch.fetcher import Fetched, Fetcher, Validators, host_of, retry_after, user_agent
from pipeline.fetch.pace import Pace

__all__ = ["Fetched", "Fetcher", "Pace", "Validators", "host_of", "retry_after", "user_agent"]
