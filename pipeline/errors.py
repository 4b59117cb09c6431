"""Everything that may go wrong, in one tree.

    BriefError
    ├── SettingsError        a setting, argument or file is wrong; names the field
    ├── FeedError            one feed could not be read
    │   ├── AddressRefused   its address may not be fetched
    │   ├── FeedUnavailable  the host did not answer, or answered with an error (retryable)
    │   ├── FeedTooLarge     it is larger than the limits allow
    │   └── NotAFeed         what came is not a feed
    ├── StoreError           the database cannot be used
    ├── SearchIndexError     the search index cannot be used
    │   └── IndexInUse       another process owns the index folder
    ├── EmbeddingError       the embedding cannot be loaded
    ├── RerankerError        the reranker cannot be used, or does not answer in time
    ├── QuestionError        a question that cannot be asked
    └── DeliveryError        a brief could not be posted

Each class says whether trying again can help (`retryable`); `user_message` is fit to be shown to a person.
"""


class BriefError(Exception):
    """Base of all errors of this program; its text is one sentence for people."""

    retryable = False

    @property
    def user_message(self) -> str:
        """The error in one sentence, without addresses, keys or a traceback."""
        return str(self)


class SettingsError(BriefError):
    """A setting, an argument or a settings file is wrong; the text names the field."""


class FeedError(BriefError):
    """One feed could not be read; the others are not affected."""


class AddressRefused(FeedError):
    """The address may not be fetched: private, or not http(s)."""


class FeedUnavailable(FeedError):
    """The host did not answer, or answered with an error."""

    retryable = True

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class FeedTooLarge(FeedError):
    """The answer is larger than the stated limits."""


class NotAFeed(FeedError):
    """What came is not a feed: a web page, a captcha, or nothing that can be read."""


class StoreError(BriefError):
    """The database cannot be opened or is of another version."""


class SearchIndexError(BriefError):
    """The search index cannot be used."""


class IndexInUse(SearchIndexError):
    """Another process owns the index folder."""

    retryable = True


class EmbeddingError(BriefError):
    """The embedding's weights are missing, changed, or its provider cannot be loaded."""


class RerankerError(BriefError):
    """The reranker cannot be used, or gives no usable answer in time."""


class QuestionError(BriefError):
    """A question that cannot be asked: empty, or too long."""


class DeliveryError(BriefError):
    """A brief could not be posted to its channel."""
