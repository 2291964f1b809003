"""The vocabulary of a declaration: resources, sources, documents, checks, options, integrations.

Everything here is data. Nothing reads a clock, a database or a network; clients, planner and runner read
these declarations and behave accordingly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from integrations.paths import Record as Record
from integrations.paths import dig as dig
from integrations.paths import fill as fill

if TYPE_CHECKING:
    from integrations.context import Context, Known
    from integrations.expressions import Expression, Node
    from integrations.groups import Group
    from integrations.reverse import Choice


class Audience(StrEnum):
    """Who should act on a warning."""

    ACCOUNTS = "accounts"
    PROJECT = "project"
    ADMINISTRATOR = "administrator"


# --- What exists in the two systems -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Write:
    """One way of writing a resource.

    `path` may hold names of the change's scope and `{id}`. `wrap` puts a single payload under that key, or a
    batch as a list under it. `scope_in_body` names scope values that belong in the body beside the payload,
    `scope_in_query` those that belong in the query. `fixed` is added to the payload (a status, for a
    removal).
    """

    method: str
    path: str
    wrap: str = ""
    batch: int = 1
    scope_in_body: tuple[str, ...] = ()
    scope_in_query: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    bare: bool = False  # the body is the payload itself, without an envelope
    listed: bool = False  # the body is a list of payloads, without an envelope
    numbers: bool = False  # amounts travel as numbers where the system else wants texts
    key: str = ""  # name of the target's id in each payload of a batch of updates; it is not in the path
    renames: Mapping[str, str] = field(default_factory=dict)  # read as the first, written as the second


@dataclass(frozen=True, kw_only=True)
class Search:
    """How records are found again by what we know of them.

    `parameter` is the query parameter and `field` the marker whose values it takes; `joined` of them fit
    in one
    request. With `style` "where" the parameter holds an expression; with "list" nothing can be asked for
    and the (scoped) list is read whole.
    """

    style: str = "parameter"  # parameter | where | list
    parameter: str = ""
    field: str = ""
    joined: int = 50


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One kind of record in one system: where it is, how it is read, written, found again and removed."""

    system: str
    name: str
    label: str
    plural: str
    key: str = "id"
    title: str = "{id}"
    path: str = ""
    one: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    scope: tuple[str, ...] = ()  # names needed to fill the path and the query: project_id, contract_id ...
    scope_in_query: tuple[str, ...] = ()
    envelope: str = ""
    nested: str = ""  # the list stands inside each record of the envelope under this key
    parent: str = ""  # key of that outer record; each nested one carries it too
    changed: str = ""  # "updated_at" (Procore range filter), "If-Modified-Since" (Xero) or "" (not possible)
    by_ids: str = ""
    ids_per_read: int = 50
    page_size: int = 100
    paged: bool = True
    version: str = ""
    web: str = ""
    create: Write | None = None
    update: Write | None = None
    removals: Mapping[str, Write] = field(default_factory=dict)  # status the target has -> how it is removed
    search: Search | None = None
    status: str = ""
    total: str = ""  # path of the amount before tax
    dead: frozenset[str] = frozenset()  # statuses that do not count as existing
    closed: frozenset[str] = frozenset()  # statuses after which nothing may be changed
    paid: str = ""  # path of the amount already paid or credited; not zero: only `after_payment` may change
    lines: str = ""
    line_key: str = ""
    hand: frozenset[str] = (
        frozenset()
    )  # fields a bookkeeper may change: theirs win unless the option says not
    money: frozenset[str] = frozenset()  # fields that make the amount
    after_payment: frozenset[str] = frozenset()  # fields still editable once a payment is applied
    credited: str = ""  # path of the amount covered by credit notes; counts like `paid`
    sign: int = 1  # -1 for a document whose amounts take away: a credit note
    dated: str = ""  # path of the date that must not lie in a locked period
    shared: tuple[str, tuple[str, ...]] = ("", ())  # a list others write in too; what names a line of it
    in_books: bool = True  # whether its amounts are entries of the books; those of an order are not
    one_query: Mapping[str, str] = field(
        default_factory=dict
    )  # constant parameters of a single record's read
    exclusive: bool = True  # a record may be the target of one link only
    active: str = ""  # path of a flag without which a record cannot be updated
    locked: Mapping[str, str] = field(
        default_factory=dict
    )  # path -> why nobody may change a record that has it
    hidden: tuple[Resource, ...] = ()  # lists of records of this kind that its own list leaves out
    inside: tuple[str, str, str] = (
        "",
        "",
        "",
    )  # a list in another catalogue: its name, the list, our scope name
    read_each: bool = False  # the list leaves out a part of each record: each is read by itself
    below: tuple[Resource, str] | None = (
        None  # read once per record of that catalogue, whose key fills the scope
    )
    catalogue: bool = False  # small enough to be read whole, once a run
    files: bool = False  # carried as they are, never read again; a failure is a warning of its own
    brief: Mapping[str, str] = field(default_factory=dict)  # parameters that leave out all but the header
    line_amount: str = "UnitAmount"  # the field of a line that holds its amount
    held_as: Mapping[str, str] = field(default_factory=dict)  # a drawn field -> the path it is read under
    keeps_lines: bool = False  # lines left out of an update stay: one no longer drawn is set to nothing

    def in_brief(self) -> Resource:
        """The resource read for ids and versions alone: without lines, a thousand records fit a page."""
        return replace(self, query={**self.query, **self.brief}, page_size=1000) if self.brief else self

    def title_of(self, record: Record) -> str:
        """The record's name as people know it."""
        return fill(self.title, record)


# --- What is planned ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Subject:
    """What is planned as one: a record with what was joined to it, or a part or a group of records.

    `group` is the id of the record it comes from; `removed` says that the record is known to be gone.
    """

    key: str
    record: Record
    group: str = ""
    removed: bool = False


@dataclass(frozen=True, kw_only=True)
class Join:
    """Another resource's record put into each source record under `name`.

    `on` is the path of the other record's id. `per` says how it is read: once a "project" (its list), by the
    "ids" wanted, by one call for each "record", or along a "chain" of records of the source itself,
    walking past those `passes_over` names. "linked" gives all records that another integration (`on`) linked,
    by target id; "each" the lists of every project that `ids` names, "projects" those of all linked ones,
    once a run; "links" its links there; "asked" whether records wait for it, which they call `back`; "open"
    what is still open of a project. `many` joins every record whose `back` path holds the value at `on`.
    """

    name: str
    resources: tuple[Resource, ...]
    on: str
    per: str = "project"
    back: str = ""
    many: bool = False
    only: Callable[[Node, Context], bool] | None = None  # per "record": which records it is worth a call for
    query: Mapping[str, str] = field(default_factory=dict)
    passes_over: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # chain: field -> values walked past
    when: tuple[str, str] | None = None  # only with this option's value
    told: tuple[str, tuple[str, ...]] = ("", ())  # path of the other record's kind; the kind of each resource
    ids: Callable[[Record], Iterable[str]] | None = (
        None  # "ids" and "record": the ids wanted, where no path says them
    )


@dataclass(frozen=True, kw_only=True)
class Source:
    """The records an integration starts from, with what is joined to them."""

    resource: Resource
    joins: tuple[Join, ...] = ()
    split: Callable[[Record], Iterable[Subject]] | None = None
    by_number: tuple[str, ...] = ()  # paths that a person may type to name one record
    group: Group | None = None  # several records are one subject
    # More lists of the company that feed it, each with the option that switches it on ("": always). Every one
    # has its own cursor; each record says as `feed` which it is from, and `split` tells what it no longer is.
    also: tuple[tuple[Resource, str], ...] = ()
    # What a record's lists say of it, today; equal to when it was last looked at, it is not read any further.
    stamp: Callable[[Record, date], str] | None = None
    # Of followed targets: the ids of further targets that one speaks of, put into it as `mentioned`.
    mentions: Callable[[Record], Iterable[str]] | None = None
    # Of followed targets: the contract whose links are put into it as `kin`, by its own link; "" for none.
    kin: Callable[[Record], str] | None = None
    # Which projects are read at all, by their record and the options: one left out keeps no place in time.
    for_project: Callable[[Record, Mapping[str, Any]], bool] | None = None
    asks_who_wrote: bool = False  # a record may be one that OneCore wrote: the context is told which are


# --- How a target is drawn ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Document:
    """A drawing of a target record: target field -> expression, in the target's field order and spelling.

    `once` fields are sent when creating and never compared. `marker` names the fields by which our own record
    is known again. `match_on` are the fields on which a record that exists already is the same document.
    `scope` gives the ids that the target's paths need. `waits` are conditions for which the document waits
    (a skip with their words); `needs` names roles that must be linked first. `steps` are the ways in which a
    `once` field is moved after all: field -> value drawn -> values held from which it may go there.
    """

    target: Resource
    fields: Mapping[str, Expression]
    once: frozenset[str] = frozenset()
    marker: tuple[str, ...] = ()
    matches: tuple[Match, ...] = ()
    scope: Mapping[str, Expression] = field(default_factory=dict)
    waits: tuple[Check, ...] = ()
    needs: tuple[str, ...] = ()
    title: str = ""
    details: Mapping[str, Expression] = field(default_factory=dict)  # remembered on the link
    add_only: bool = False  # created and removed, never updated
    stays: Callable[[Node, Context], bool] | None = None  # never updated either as long as this holds
    amends: Expression | None = None  # the id of another integration's record, some fields of which it draws
    late: bool = False  # drawn once the subject's other targets have been read: it reads what they hold
    # Of a late document: one for each of these records, read as `one`; a `key` is added to the role.
    each: Callable[[Node, Context], Iterable[Record]] | None = None
    # Of a late document: links of the subject's kin whose targets it reads, given its own targets' resources.
    reads: Callable[[Node, Context, Mapping[str, str]], Iterable[Known]] | None = None
    when_zero: Mapping[str, Any] = field(default_factory=dict)  # fields of a document whose lines cancel out
    zero_note: str = ""  # what is said of it
    when: Callable[[Node, Context], bool] | None = None  # drawn only where this holds
    alone: bool = False  # drawn only where none of the others is
    steps: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    refuses: Callable[[Mapping[str, Any], Record], Reason | None] | None = None  # why no update may be sent
    switch: str = ""  # the option without which it is not drawn at all
    adjusts: tuple[str, ...] = ()  # roles whose change it carries once their amounts cannot be changed
    remark: Callable[[Node, Context], str] | None = None  # what is said of it when it is created


@dataclass(frozen=True)
class Signed:
    """One of two documents, by the sign of the drawn total; the negative one has every sign turned."""

    positive: Document
    negative: Document


@dataclass(frozen=True)
class Match:
    """A way in which an existing target may be the same record: equal values of `drawn` and `held`.

    `drawn` reads the source's node and the payload, `held` the target; None and "" never match.
    What `suggest` finds (records with a score of 0-100) is shown to a person and never adopted. `refuses`
    says why a record with equal values is another one nevertheless.
    """

    words: str
    drawn: Callable[[Node, Mapping[str, Any]], Any] = lambda node, payload: None
    held: Callable[[Record], Any] = lambda record: None
    suggest: Callable[[Node, Context, Iterable[Record]], list[tuple[Record, int]]] | None = None
    refuses: Callable[[Mapping[str, Any], Record], Reason | None] | None = None
    told: Callable[[Node, Context], str] | None = None  # the target's id, where another integration knows it
    otherwise: str = (
        "give it a clearly different name"  # what to do where a suggestion is not the same record
    )


@dataclass(frozen=True)
class Reason:
    """Why something is not sent, or needs attention: a sentence for the person who should act."""

    code: str
    message: str
    audience: Audience = Audience.ACCOUNTS
    fix: str = ""
    key: str = ""  # what the warning is about, where that is not the subject itself (a missing mapping)
    choices: tuple[tuple[str, Choice], ...] = ()  # words, and the rule that choosing them makes


@dataclass(frozen=True, kw_only=True)
class Check:
    """A condition in the customer's words. Without `warn` a failing record is skipped silently.

    `test` answers True when the condition holds, or False, or a text (or Reason) that says what is wrong.
    `withdraws` marks the condition whose loss, after sending, means that the record was taken back. Without
    `words` the test's docstring says the condition.
    """

    test: Callable[[Node, Context], bool | str | Reason | None]
    words: str = ""
    warn: str = ""
    message: str = ""
    audience: Audience = Audience.ACCOUNTS
    fix: str = ""
    withdraws: bool | str = False  # a text says what becomes of what was sent, as `removed` does
    stops: bool = False  # of an integration's `overall` checks: nothing is planned without it
    new_only: bool = False  # asked only where a document would be made; one that is there is linked

    def __post_init__(self) -> None:
        if not self.words:
            object.__setattr__(
                self, "words", " ".join((self.test.__doc__ or "").split()).split(". ")[0].rstrip(".")
            )


@dataclass(frozen=True, kw_only=True)
class Option:
    """A choice a client has about an integration; the form and the specification are made from it."""

    name: str
    label: str
    default: Any = ""
    choices: tuple[tuple[str, str], ...] = ()
    kind: str = "text"  # text | choice | yes-no | number | account | template | date
    help: str = ""
    needs: Callable[[Mapping[str, Any]], str] | None = (
        None  # says what is wrong with this and the other options
    )
    at_once: bool = False  # it holds for what was sent as well, not only for what is sent from now on


class Integration:
    """A declared one-way flow. Subclasses say only what is particular to them."""

    slug: ClassVar[str]
    name: ClassVar[str]
    source: ClassVar[Source]
    after: ClassVar[tuple[str, ...]] = ()
    catalogues: ClassVar[tuple[Resource, ...]] = ()
    title: ClassVar[str] = "{id}"
    options: ClassVar[tuple[Option, ...]] = ()
    checks: ClassVar[tuple[Check, ...]] = ()
    documents: ClassVar[Any] = {}
    per_project: ClassVar[bool] = True
    removed: ClassVar[str] = "warn"  # what to do when the source record is gone: warn | remove | forget
    # Asked once a run, of the whole; a failing one that `stops` ends the integration there.
    overall: ClassVar[tuple[Check, ...]] = ()
    # A catalogue resource and how many active records it may hold.
    capacity: ClassVar[tuple[str, int]] = ("", 0)
    follows: ClassVar[tuple[str, ...]] = ()  # integrations whose linked targets are this one's source
    reads: ClassVar[tuple[str, ...]] = ()  # later ones whose links its conditions ask for
    kin: ClassVar[tuple[str, str]] = ("", "")  # what kin share: path in the record, name in a link's details
    reverse: ClassVar[bool] = False  # reverse rules code its costs
    permissions: ClassVar[tuple[str, ...]] = ()  # what a consent in Xero has to give for it besides

    def __init_subclass__(cls) -> None:
        if not (cls.__doc__ or "").strip():
            raise TypeError(f"{cls.__name__} needs a docstring a bookkeeper understands")

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Every option's default value by its name."""
        return {option.name: option.default for option in cls.options}

    @classmethod
    def main_role(cls) -> str:
        """The role that other integrations mean by a link of this one: its first document."""
        variants = getattr(cls.documents, "variants", {"": cls.documents})
        return next(iter(next(iter(variants.values()))))

    @classmethod
    def targets(cls) -> dict[str, Resource]:
        """Every resource the integration may write, by name."""
        found: dict[str, Resource] = {}
        for variant in getattr(cls.documents, "variants", {"": cls.documents}).values():
            for drawing in variant.values():
                pair = (drawing.positive, drawing.negative) if isinstance(drawing, Signed) else (drawing,)
                found |= {document.target.name: document.target for document in pair}
        return found
