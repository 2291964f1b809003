"""Tokens of credentials: refreshed by one process at a time, saved before they are used.

The refresh lease is one conditional update; no transaction is open during the call. Everyone else waits for
the next epoch. Procore burns a refresh token with its first use: when that answer is lost, a person has to
connect again. Xero takes the old one for another 30 minutes, so that the same call is simply made again.
"""

import random
import time
import uuid
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q
from django.db.models.functions import Now
from django.utils import timezone

from integrations import oauth, permissions
from integrations.environments import find_environment
from integrations.errors import ORGANISATION, ApiError, Busy, Disconnected
from integrations.models import Connection, Credential, State
from integrations.transport import Access

# Longer than every attempt of one refresh together.
LEASE = timedelta(seconds=getattr(settings, "ONECORE_REFRESH_SECONDS", 90))
PATIENCE = LEASE.total_seconds() / 3  # to wait for another's refresh; the lease of a run has to outlast it
MARGIN = timedelta(minutes=2)  # refreshed so long before it ends
ATTEMPTS = 3
KEEP_ALIVE = timedelta(days=10)  # a consent idle for so long is refreshed
REFRESH_LIFE = {"xero": timedelta(days=60)}  # unused refresh tokens die; Procore's do not
NOTICE = timedelta(days=15)
STOPPED = frozenset({State.RECONNECT, State.WRONG_ORGANISATION, State.MISSING_SCOPE})


class CredentialTokens:
    """The tokens of one credential, for a client. Raises Disconnected where a person has to act, and Busy."""

    def __init__(self, credential: Credential) -> None:
        self._id = credential.pk
        self._access: Access | None = None
        self._until: datetime | None = None

    def access(self) -> Access:
        """The current access token; a refreshed one shortly before it ends."""
        now = timezone.now()
        if self._access is not None and self._until is not None and now < self._until:
            return self._access
        credential = Credential.objects.get(pk=self._id)
        check_usable(credential)
        if (
            not credential.access_token
            or credential.expires_at is None
            or credential.expires_at - MARGIN < now
        ):
            return self.refresh(credential.epoch)
        return self._remember(credential)

    def refresh(self, seen_epoch: int) -> Access:
        """A token newer than `seen_epoch`: made here, or by the process that is at it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            credential = Credential.objects.get(pk=self._id)
            check_usable(credential)
            if credential.epoch > seen_epoch:
                return self._remember(credential)
            owner = uuid.uuid4().hex
            if claim(credential, owner):
                refresh_claimed(credential, owner)
                return self._remember(Credential.objects.get(pk=self._id))
            if time.monotonic() > deadline:
                until = timezone.now() + timedelta(seconds=10)
                raise Busy("Another worker is still renewing the connection.", until=until)
            time.sleep(random.uniform(0.05, 0.15))

    def _remember(self, credential: Credential) -> Access:
        self._access = Access(credential.access_token.reveal(), credential.epoch)
        self._until = (credential.expires_at or timezone.now()) - MARGIN
        return self._access


def check_usable(credential: Credential) -> None:
    """Raises Disconnected while the credential waits for a person."""
    if credential.state in STOPPED:
        message = credential.state_message or "The connection was ended. Connect it again."
        raise Disconnected(message, state=credential.state)


def claim(credential: Credential, owner: str) -> bool:
    """Take the refresh lease if nobody holds it and nobody has refreshed since the record was read."""
    free = Q(refresh_until__isnull=True) | Q(refresh_until__lt=Now())
    ends = ExpressionWrapper(Now() + LEASE, output_field=DateTimeField())
    with transaction.atomic(durable=True):
        rows = Credential.objects.filter(free, pk=credential.pk, epoch=credential.epoch)
        return bool(rows.update(refresh_owner=owner, refresh_until=ends))


def refresh_claimed(credential: Credential, owner: str) -> None:
    """Ask for new tokens as the holder of the lease and save them. Raises Disconnected and Busy."""
    try:
        tokens = ask(credential)
    except Disconnected as error:
        stop(credential, error)
        raise
    except ApiError:
        release(credential, owner)
        raise
    save(credential, tokens)


def ask(credential: Credential) -> oauth.TokenSet:
    """Call the token address; an unanswered call is made again, with the same refresh token."""
    environment = find_environment(credential.system, credential.environment)
    if environment is None:
        raise Disconnected("The connection points to an environment that is switched off here.")
    secret = credential.client_secret.reveal()
    for attempt in range(ATTEMPTS):
        try:
            if credential.kind == Credential.Kind.CLIENT_CREDENTIALS:
                scopes = permissions.service_of(credential)
                return oauth.client_tokens(
                    environment, client_id=credential.client_id, secret=secret, scopes=scopes
                )
            if not credential.refresh_token:
                raise Disconnected("The consent has not been given yet. Connect it.")
            return oauth.exchange_refresh(
                environment,
                client_id=credential.client_id,
                secret=secret,
                refresh=credential.refresh_token.reveal(),
            )
        except oauth.Unanswered:
            time.sleep(random.uniform(0.1, 0.3) * 2**attempt)
    raise Busy("The sign-in server does not answer.", until=timezone.now() + timedelta(minutes=1))


def save(credential: Credential, tokens: oauth.TokenSet) -> None:
    """Keep new tokens under the next epoch; tried again while the database is away: the old pair is spent."""
    values = {
        "access_token": tokens.access,
        "expires_at": datetime.now(UTC) + timedelta(seconds=tokens.expires_in),
        "refreshed_at": Now(),
        "epoch": F("epoch") + 1,
        "refresh_owner": "",
        "refresh_until": None,
        "state": State.OK,
        "state_message": "",
    }
    if tokens.refresh:
        values["refresh_token"] = tokens.refresh
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic(durable=True):
                Credential.objects.filter(pk=credential.pk, epoch=credential.epoch).update(**values)
            return
        except DatabaseError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.5 * 2**attempt)


def release(credential: Credential, owner: str) -> None:
    """Give the lease back without new tokens."""
    Credential.objects.filter(pk=credential.pk, refresh_owner=owner).update(
        refresh_owner="", refresh_until=None
    )


def stop(credential: Credential, error: Disconnected) -> None:
    """Note why nothing works until a person acts; not if somebody has connected again meanwhile."""
    Credential.objects.filter(pk=credential.pk, epoch=credential.epoch).update(
        state=error.state, state_message=error.message, refresh_owner="", refresh_until=None
    )


def flag(connection: Connection, error: Disconnected) -> bool:
    """Note on the connection why it stopped; True for the first to notice, who tells the administrators."""
    noted = {"state": error.state, "state_message": error.message, "checked_at": Now()}
    rows = Connection.objects.filter(pk=connection.pk)
    first = rows.exclude(state=error.state).update(**noted)
    if not first:
        rows.update(**noted)
    return bool(first)


def check(connection: Connection) -> Connection:
    """Ask whether the connection still reaches its company or organisation, and note it. Raises Busy."""
    credential = connection.credential
    environment = find_environment(credential.system, credential.environment)
    try:
        if environment is None:
            raise Disconnected("The connection points to an environment that is switched off here.")
        company_id = connection.external_id if credential.system == "procore" else ""
        access = CredentialTokens(credential).access()
        reached = oauth.targets(environment, access.token, company_id=company_id)
        if connection.external_id not in {target.external_id for target in reached}:
            raise Disconnected(ORGANISATION, state=State.WRONG_ORGANISATION)
        if lacking := permissions.missing(credential):
            told = f"The consent lacks {', '.join(lacking)}. Connect it again and allow all of them."
            raise Disconnected(told, state=State.MISSING_SCOPE)
    except Disconnected as error:
        flag(connection, error)
    else:
        Connection.objects.filter(pk=connection.pk).update(state=State.OK, state_message="", checked_at=Now())
    connection.refresh_from_db(fields=["state", "state_message", "checked_at"])
    return connection


def connected(credential: Credential, tokens: oauth.TokenSet) -> None:
    """Keep the tokens of a fresh consent and clear what was wrong with the connections that use it."""
    Credential.objects.filter(pk=credential.pk).update(
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        expires_at=timezone.now() + timedelta(seconds=tokens.expires_in),
        scopes=tokens.scopes or credential.scopes,
        refreshed_at=Now(),
        epoch=F("epoch") + 1,
        refresh_owner="",
        refresh_until=None,
        state=State.OK,
        state_message="",
    )
    credential.connections.update(state=State.OK, state_message="", checked_at=Now())


def keep_alive() -> list[Credential]:
    """Refresh consents that would die unused, note those about to, and answer all that are not well."""
    now = timezone.now()
    served = Credential.objects.filter(connections__tenant__is_active=True, kind=Credential.Kind.CODE)
    for credential in served.exclude(state__in=STOPPED).distinct():
        life, used = REFRESH_LIFE.get(credential.system), credential.refreshed_at
        if life is None or (used is not None and now - used < KEEP_ALIVE):
            continue
        try:
            CredentialTokens(credential).refresh(credential.epoch)
        except Disconnected:
            continue  # its state says so already
        except ApiError as error:
            if used is not None and now - used > life - NOTICE:
                message = f"The consent ends soon and could not be renewed: {error.message} Connect again."
                Credential.objects.filter(pk=credential.pk, epoch=credential.epoch).update(
                    state=State.EXPIRING, state_message=message
                )
    return list(Credential.objects.exclude(state=State.OK))
