"""Every error that cantinekit raises.

::

    CantineError
    ├── InputError                    the value itself is malformed; nothing was looked up (also a ValueError)
    │   ├── NaiveDatetimeError        a datetime without a time zone
    │   ├── CurrencyError             an unknown currency, or two that were mixed
    │   ├── TextError                 a NUL, a lone surrogate, or too long a text
    │   ├── UnknownDatesError         a closure calendar does not know all of these days; carries those that it knows
    │   ├── RowError                  a row of a table that is no usage; carries the row, the column and what is wrong
    │   ├── RuleError                 a recurrence rule that cannot be read, has no date, or asks for too much
    │   └── UrlError                  a backend URL that cannot be read, or an unknown option in it
    ├── RefusedError                  understood and refused; nothing was changed
    │   ├── NotFoundError             no such record
    │   ├── UnsuitableError           the records do not go together: another kind, another operator, no longer stay
    │   ├── DuplicateError            the id, the e-mail or the open visit is taken
    │   ├── ConflictError             the times overlap what is there; carries clashes and the nearest free times
    │   ├── SeriesClashError          dates of a series cannot be had, or others than agreed; carries all of them
    │   ├── SoldOutError              no unit, seat or code is left
    │   ├── ClosedError               outside opening hours, or closed; carries the nearest free times
    │   │   └── UnavailableError      a facilitator is away, or it is outside their hours
    │   ├── TermsError                the terms of a space do not allow it; carries the typed reason
    │   ├── AdmissionError            somebody may not register for a workshop; carries the typed reasons
    │   ├── AnswersError              answers to the questions of a workshop do not do; carries what is wrong with each
    │   ├── TrainingError             something has to be learnt first; carries the workshops that are missing
    │   ├── TooEarlyError             the moment for it has not come
    │   ├── TooLateError              the moment for it is over
    │   ├── NotOverError              a person cannot be forgotten yet; carries what is still open
    │   ├── WrongStateError           a cancelled booking cannot be cancelled, a paid charge cannot be paid
    │   ├── NoEntitlementError        no pass of the person covers it; carries what was considered
    │   ├── NotForSaleError           the price list refuses it; carries the typed refusals
    │   │   └── IncompleteError       the price list has to know more; carries the facets to ask for
    │   ├── QuoteExpiredError         the promise of the price is over
    │   ├── PriceChangedError         the price is no longer the promised one; carries both
    │   ├── TaxUnknownError           a document must state a tax that the price list does not say
    │   ├── AccountError              a gateway account that does not exist, or that the legal entity may not use
    │   ├── UnmappedError             a ledger account has no code in the chart of accounts; carries its name
    │   └── RequestMismatchError      the idempotency key was used for another request
    ├── BackendError                  a store, gateway or notifier failed; `retryable` says whether to try again
    │   ├── StorageError
    │   │   ├── StaleVersionError     rows changed since they were read; carries their keys
    │   │   ├── ContentionError       the rows kept changing, try after try; retryable
    │   │   └── SchemaError           the database is newer than this library, or was migrated by another hand
    │   ├── GatewayError
    │   ├── NotifierError
    │   └── BusyError                 no thread was free for a call in time; nothing was done; retryable
    ├── OpenTransactionError          a transaction of the host is open, which could undo what cannot be undone outside
    ├── CodecError                    a stored body that cannot be read: newer schema, or damaged
    ├── TariffError                   a price list that cannot be loaded; carries all problems at once
    │   └── PublicationError          one that can be loaded, and must not be published as it is
    ├── CalendarError                 a calendar of which nothing can be read; carries all problems at once
    └── PluginError                   a plug-in that is broken, or two that claim one scheme
"""

from cantinekit.errors._base import (
    CantineError,
    CurrencyError,
    InputError,
    NaiveDatetimeError,
    RowError,
    RuleError,
    TextError,
    UnknownDatesError,
    UrlError,
)
from cantinekit.errors._faults import (
    BackendError,
    BusyError,
    CalendarError,
    CodecError,
    ContentionError,
    GatewayError,
    NotifierError,
    OpenTransactionError,
    PluginError,
    PublicationError,
    SchemaError,
    StaleVersionError,
    StorageError,
    TariffError,
)
from cantinekit.errors._refusals import (
    AccountError,
    AdmissionError,
    AnswersError,
    ClosedError,
    ConflictError,
    DuplicateError,
    IncompleteError,
    NoEntitlementError,
    NotForSaleError,
    NotFoundError,
    NotOverError,
    PriceChangedError,
    QuoteExpiredError,
    RefusedError,
    RequestMismatchError,
    SeriesClashError,
    SoldOutError,
    TaxUnknownError,
    TermsError,
    TooEarlyError,
    TooLateError,
    TrainingError,
    UnavailableError,
    UnmappedError,
    UnsuitableError,
    WrongStateError,
)

__all__ = [
    "AccountError",
    "AdmissionError",
    "AnswersError",
    "BackendError",
    "BusyError",
    "CalendarError",
    "CantineError",
    "ClosedError",
    "CodecError",
    "ConflictError",
    "ContentionError",
    "CurrencyError",
    "DuplicateError",
    "GatewayError",
    "IncompleteError",
    "InputError",
    "NaiveDatetimeError",
    "NoEntitlementError",
    "NotForSaleError",
    "NotFoundError",
    "NotOverError",
    "NotifierError",
    "OpenTransactionError",
    "PluginError",
    "PriceChangedError",
    "PublicationError",
    "QuoteExpiredError",
    "RefusedError",
    "RequestMismatchError",
    "RowError",
    "RuleError",
    "SchemaError",
    "SeriesClashError",
    "SoldOutError",
    "StaleVersionError",
    "StorageError",
    "TariffError",
    "TaxUnknownError",
    "TermsError",
    "TextError",
    "TooEarlyError",
    "TooLateError",
    "TrainingError",
    "UnavailableError",
    "UnknownDatesError",
    "UnmappedError",
    "UnsuitableError",
    "UrlError",
    "WrongStateError",
]

for _name in __all__:  # where they are imported from is what a traceback shows
    globals()[_name].__module__ = __name__
