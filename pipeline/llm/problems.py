"""What may go wrong with a language model, in words that hold neither a key nor a provider's own message.

ModelError
├── ModelMissing            no such provider, or its package is not installed
├── ModelKeyRefused         the key is missing or refused
├── ModelNotFound           the provider knows no model of this name
├── ModelNoCredit           the account has no credit left
├── ModelBusy               too many requests (retryable)
├── ModelUnavailable        no connection, or a server's error (retryable)
│   └── ModelTimeout        no answer in time
├── ModelRequestRefused     the provider cannot take the request as it is
│   └── ModelInputTooLong   the request is longer than the model can read
├── ModelRefusal            the model or a filter refuses to answer
├── ModelAnswerCutOff       the answer was cut off
├── ModelAnswerMalformed    the answer has not the form that was asked for
├── ModelBudgetSpent        a limit of tokens or money does not allow another call
├── ModelCancelled          whoever asked wants no answer any more
├── ModelNotRecorded        a replay came to a call that the run did not make
└── PolicyError             a text may not leave
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pipeline.errors import BriefError


class ModelError(BriefError):
    """A language model could not be used; extraction goes on without it."""

    def __init__(self, message: str, *, retry_after: float | None = None, worked: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds that the provider asks to wait."""
        self.worked = worked
        """Whether the provider may have worked on the request and count it, although no answer came."""


class ModelMissing(ModelError):
    """No such provider, or its package is not installed."""


class ModelKeyRefused(ModelError):
    """The provider's key is missing or refused."""


class ModelNotFound(ModelError):
    """The provider knows no model of this name."""


class ModelNoCredit(ModelError):
    """The account at the provider has no credit left."""


class ModelBusy(ModelError):
    """The provider takes no more requests for now."""

    retryable = True


class ModelUnavailable(ModelError):
    """No connection to the provider, or an error of its server."""

    retryable = True


class ModelTimeout(ModelUnavailable):
    """No answer came in time."""


class ModelRequestRefused(ModelError):
    """The provider cannot take the request as it is."""


class ModelInputTooLong(ModelRequestRefused):
    """The request is longer than the model can read."""


class ModelRefusal(ModelError):
    """The model, or a filter before it, refuses to answer."""


class ModelAnswerCutOff(ModelError):
    """The answer was cut off before its end."""


class ModelAnswerMalformed(ModelError):
    """The answer has not the form that was asked for."""


class ModelBudgetSpent(ModelError):
    """A limit of tokens or money does not allow another call."""


class ModelCancelled(ModelError):
    """Whoever asked wants no answer any more."""


class ModelNotRecorded(ModelError):
    """A replay came to a call that the recorded run did not make."""


class PolicyError(ModelError):
    """A text may not be sent to this model."""


_NO_CREDIT = (
    "insufficient_quota",
    "billing",
    "credit balance",
    "payment required",
    "exceeded your current quota",
)
_TOO_LONG = ("context length", "context_length", "maximum context", "context window", "prompt is too long")
_CONNECTION = frozenset(
    "APIConnectionError ConnectError ConnectionError NetworkError ReadError RemoteProtocolError ServiceUnavailable "
    "InternalServerError ModelConnectionError IncompleteRead ClientConnectorError".split()
)
_TIME = frozenset("TimeoutError APITimeoutError TimeoutException ModelTimeoutError DeadlineExceeded".split())
_UNSENT = frozenset(
    "ConnectError ConnectTimeout ConnectionRefusedError gaierror ClientConnectorError".split()
)


def recorded_problem(kind: str, message: str) -> ModelError:
    """A recorded problem of this class; a plain ModelError if there is no such class now."""
    found = globals().get(kind)
    if isinstance(found, type) and issubclass(found, ModelError):
        return found(message)
    return ModelError(message)


def problem_of(error: Exception, model: str) -> ModelError:
    """The error of a provider's client as one of ours; its text never repeats what the client said."""
    if isinstance(error, ModelError):
        return error
    names = {kind.__name__ for kind in type(error).__mro__}
    return _by_content(error, names, model) or _by_status(error, names, model)


def _by_content(error: Exception, names: set[str], model: str) -> ModelError | None:
    said = str(error)[:4000].lower()
    if names & {"LengthFinishReasonError"}:
        return ModelAnswerCutOff(f"{model} was cut off before the end of its answer")
    if names & {"ContentFilterFinishReasonError", "OpenAIRefusalError"}:
        return ModelRefusal(f"{model} refused to answer")
    if names & {"ValidationError", "JSONDecodeError", "OutputParserException"}:
        return ModelAnswerMalformed(f"{model} answered in another form than asked")
    status = _status(error)
    if names & {"ContextOverflowError"} or (status in (400, 413, 422) and _any(_TOO_LONG, said)):
        return ModelInputTooLong(f"the request is longer than {model} can read")
    if status == 402 or (status in (400, 403, 429) and _any(_NO_CREDIT, said)):
        return ModelNoCredit(f"the account for {model} has no credit left")
    return None


def _by_status(error: Exception, names: set[str], model: str) -> ModelError:
    status = _status(error)
    if status in (401, 403) or names & {
        "AuthenticationError",
        "ModelAuthenticationError",
        "PermissionDenied",
    }:
        return ModelKeyRefused(f"the provider refuses the key for {model}: check it in the environment")
    if status == 404 or names & {"ModelNotFoundError"}:
        return ModelNotFound(f"the provider knows no model {model}: check [model] name and base_url")
    if status == 429 or names & {"RateLimitError", "ModelRateLimitError", "ResourceExhausted"}:
        return ModelBusy(f"{model} takes no more requests for now", retry_after=_retry_after(error))
    if status == 408 or names & _TIME:
        return ModelTimeout(f"{model} did not answer in time", worked=_was_sent(error))
    if status is not None and status >= 500:
        return ModelUnavailable(
            f"{model} has an error of its own ({status})", retry_after=_retry_after(error)
        )
    if status is not None and status >= 400:
        return ModelRequestRefused(f"{model} cannot take the request ({status})")
    if names & _CONNECTION or isinstance(error, OSError):
        sent = _was_sent(error)
        said = f"the connection to {model} broke" if sent else f"there is no connection to {model}"
        return ModelUnavailable(said, worked=sent)
    return ModelError(f"the client of {model} failed ({type(error).__name__})")


def _was_sent(error: BaseException) -> bool:
    """Whether a request left before its connection failed."""
    found: BaseException | None = error
    while found is not None:
        if _UNSENT & {kind.__name__ for kind in type(found).__mro__}:
            return False
        found = found.__cause__ or found.__context__
    return True


def _any(phrases: tuple[str, ...], text: str) -> bool:
    return any(phrase in text for phrase in phrases)


def _status(error: Exception) -> int | None:
    """The HTTP status that the client's error carries, under the names that the clients use."""
    response = getattr(error, "response", None)
    for found in (getattr(error, "status_code", None), getattr(response, "status_code", None), _code(error)):
        if isinstance(found, int) and 100 <= found < 600:
            return found
    return None


def _code(error: Exception) -> Any:
    return getattr(error, "code", None)


def _retry_after(error: Exception) -> float | None:
    """Seconds to wait (RFC 9110, section 10.2.3): a number, or a date."""
    headers = getattr(getattr(error, "response", None), "headers", None)
    if not isinstance(headers, Mapping):  # httpx's headers are one
        return None
    value = str(headers.get("retry-after") or "")
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
