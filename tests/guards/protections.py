"""The protections there are: what each is for, how it is replaced by nothing,
and the test that must turn red.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from integrations import budgets, credentials
from mappings import context
from mappings.models import Link, LinkState
from runs import approvals, dispatch, execute, leases, progress, purge, safety, schedules, settle, watch
from runs.models import Batch, Lease, Run
from tests.guards import scoping

RUNS = "tests/test_run_protections.py::"
PORTAL = "tests/test_portal_scope.py::"


@dataclass(frozen=True)
class Protection:
    """One protection: its name in words, its replacement by nothing, and its test."""

    words: str
    take_away: Callable[[], None]
    test: str


def put(module: Any, name: str, nothing: Any) -> Callable[[], None]:
    """Replaces an attribute when called."""
    return lambda: setattr(module, name, nothing)


# --- nothing, in the shape of each protection -----------------------------------------------------


def take_anyway(run: Run, integration: str, owner: str) -> leases.Held:
    """A lease for whoever asks."""
    lease, _ = Lease.objects.get_or_create(tenant_id=run.tenant_id, integration=integration)
    Lease.objects.filter(pk=lease.pk).update(
        owner=owner, run_id=run.pk, epoch=F("epoch") + 1, until=Now() + timedelta(1)
    )
    lease.refresh_from_db()
    return leases.Held(lease.pk, run.tenant_id, integration, owner, lease.epoch)


def claim_anyway(run_id: int, owner: str) -> Run:
    """A run for whoever comes."""
    Run.objects.filter(pk=run_id).update(
        owner=owner, epoch=F("epoch") + 1, attempts=F("attempts") + 1, state="reading"
    )
    return Run.objects.select_related("tenant", "user", "plan").get(pk=run_id)


@contextmanager
def unfenced(held: leases.Held) -> Iterator[None]:
    """A transaction that asks nobody."""
    with transaction.atomic():
        yield


def renew_nothing(held: leases.Held) -> None:
    """A lease that is ours whatever the table says."""


def believe_it_failed(held: Any, integration: Any, clients: Any, beat: Any) -> Iterator[settle.Settled]:
    """No look-up: what was not answered is taken for not done."""
    links = Link.objects.filter(
        tenant_id=held.tenant_id, integration=integration.slug, state=LinkState.SENDING
    )
    links.update(state=LinkState.INTENDED, batch=None, pending={})
    return iter(())


def reserve_nothing(
    self: execute.Sender, changes: Any, resource: Any, write: Any
) -> tuple[Batch, list[tuple[Link, Any]], list[execute.Result]]:
    """No row before the request: links are made when the answer is there."""
    batch = Batch(
        tenant_id=self.run.tenant_id,
        integration=self.integration.slug,
        resource=resource.name,
        action="create",
    )
    return batch, [(self._new_link(change, resource), change) for change in changes], []


def taken_slot(schedule: Any, slot: Any) -> Run:
    """A run for every worker that looks."""
    return dispatch.start(schedule.tenant, schedule.integrations, schedule=schedule, source="schedule")


PROTECTIONS = {
    "lease": Protection(
        "One run at a time writes for a tenant's integration",
        put(leases, "take", take_anyway), RUNS + "test_a_run_waits_while_another_holds_the_lease",
    ),
    "claim": Protection(
        "One worker at a time works on a run",
        put(leases, "claim", claim_anyway), RUNS + "test_a_task_that_comes_twice_makes_no_call",
    ),
    "epoch": Protection(
        "A worker whose lease was taken over writes nothing",
        put(leases, "fenced", unfenced), RUNS + "test_a_worker_that_lost_its_lease_records_nothing",
    ),
    "fence": Protection(
        "A request leaves only under a lease that is still ours",
        put(progress.Progress, "fence", lambda self: None),
        RUNS + "test_a_worker_that_lost_its_lease_sends_nothing",
    ),
    "batch-before-send": Protection(
        "What a request carries is in the database before it leaves",
        put(execute.Sender, "_reserve", reserve_nothing),
        RUNS + "test_what_is_sent_is_on_record_before_it_leaves",
    ),
    "read-back": Protection(
        "A lost answer is looked up before anything is sent again",
        put(settle, "settle", believe_it_failed), RUNS + "test_a_lost_answer_is_looked_up_first",
    ),
    "obstacle": Protection(
        "A link is looked at once more in the moment of sending",
        put(execute, "obstacle", lambda change, link: ""),
        RUNS + "test_what_was_linked_meanwhile_is_not_sent_again",
    ),
    "doubles": Protection(
        "Two records that want one target are both held back",
        put(safety, "doubles", lambda run, integration: []),
        RUNS + "test_two_claims_with_one_number_are_not_sent",
    ),
    "limits-of-a-run": Protection(
        "A run that would send too much asks first",
        put(safety, "reason_to_stop", lambda run, part, counts, amount: ""),
        RUNS + "test_a_run_that_would_send_too_much_asks_first",
    ),
    "no-way-back": Protection(
        "What OneCore wrote into Procore never goes out to Xero",
        put(context, "written_of", lambda part, subjects: frozenset()),
        "tests/test_run_direct_costs.py::test_what_onecore_wrote_into_procore_never_goes_out",
    ),
    "moved-since-planned": Protection(
        "An approved plan sends only what has not moved",
        put(approvals.Approved, "kept", lambda self, changes: changes),
        RUNS + "test_a_plan_sends_only_what_has_not_moved",
    ),
    "attempts": Protection(
        "A run that ends its worker again and again is given up",
        put(leases, "ATTEMPTS", 10**6), RUNS + "test_a_run_is_given_up_after_three_attempts",
    ),
    "repair": Protection(
        "A run whose worker died is taken up again",
        put(dispatch, "repair", lambda: 0), RUNS + "test_a_run_whose_worker_died_is_told_of_again",
    ),
    "watchdog": Protection(
        "A queue that stands still is noticed",
        put(watch.Watcher, "stands_still", lambda self: False),
        RUNS + "test_a_queue_that_stands_still_is_noticed",
    ),
    "slot": Protection(
        "A schedule's slot is taken once",
        put(schedules, "_start", taken_slot), RUNS + "test_two_workers_start_a_schedule_once",
    ),
    "purge": Protection(
        "Values are erased once they are mailed",
        put(purge, "purge", lambda: 0), RUNS + "test_values_are_erased_once_mailed",
    ),
    "refresh-lease": Protection(
        "One process at a time renews a token",
        put(credentials, "claim", lambda credential, owner: True),
        RUNS + "test_a_token_is_renewed_by_one_at_a_time",
    ),
    "budget": Protection(
        "All workers together stay within a connection's limits",
        put(budgets.SharedBudget, "take", lambda self: budgets.Turn("free")),
        RUNS + "test_calls_stay_within_the_limit",
    ),
    "own-tenants": Protection(
        "A person belongs to some tenants and no others",
        scoping.no_members, PORTAL + "test_no_address_gives_another_tenants_rows[viewer]",
    ),
    "own-lists": Protection(
        "Lists hold rows of the person's tenants",
        scoping.no_lists, PORTAL + "test_no_list_holds_another_tenants_rows",
    ),
    "own-pages": Protection(
        "Another tenant's record has no page",
        scoping.no_pages, PORTAL + "test_no_row_of_another_tenant_has_a_page",
    ),
    "own-suggestions": Protection(
        "What is suggested while typing belongs to the person's tenants",
        scoping.no_lists, PORTAL + "test_suggestions_hold_own_rows_only",
    ),
    "own-actions": Protection(
        "Actions touch rows of the person's tenants",
        scoping.no_actions, PORTAL + "test_actions_touch_own_rows_only",
    ),
    "own-forms": Protection(
        "Forms offer and take the person's tenants",
        scoping.no_forms, PORTAL + "test_forms_offer_and_take_own_tenants_only",
    ),
    "own-files": Protection(
        "Files hold rules of the person's tenants",
        scoping.no_files, PORTAL + "test_files_hold_own_rules_only",
    ),
    "own-single-project": Protection(
        "The form for one project knows the person's tenants",
        scoping.no_single_form, PORTAL + "test_the_single_project_form_knows_own_tenants_only",
    ),
}  # fmt: skip
