"""What a test can change in the simulated Procore; an "unknown" of the reference defaults to harsh."""

from dataclasses import dataclass


@dataclass
class Switches:
    """Every switch, by name for the control interface; "unknown n" is in procore.md, section "Unknown"."""

    procore_hourly_limit: int = 3600  # calls an hour per app and company (unknown 8; older documentation)
    procore_spike_limit: int = 100  # calls in 10 seconds per app and company (unknown 8)
    procore_retry_after: bool = False  # 429 also carries Retry-After (unknown 8)
    procore_send_total: bool = True  # lists carry the header Total (section 3 says not to rely on it)
    procore_default_page: int = 10  # per_page where no default is documented (unknown 3)
    procore_largest_page: int = (
        2000  # per_page where no maximum is documented; more is cut without a word (unknown 3)
    )
    procore_largest_claims_page: int = 100  # the same for requisitions (unknown 3)
    procore_range_ends_included: bool = False  # a...b holds records changed exactly at a or b (unknown 4)
    procore_endless_paging: bool = False  # the last page repeats itself for ever
    procore_item_edits_touch_claim: bool = (
        True  # a change of a claim's items moves its updated_at (unknown 5)
    )
    procore_rejected_claims_count: bool = (
        False  # a claim sent back for revision is the next one's previous claim
    )
    procore_payment_details_readable: bool = False  # GET payment_details, which no contract lists
    procore_invalid_grant_status: int = 401  # status of a refused code or refresh token (unknown 2)
    procore_missing_company_status: int = 400  # status without the company header (unknown 2)
    procore_duplicate_origin_status: int = 422  # 409 or 422 for an origin_id already taken (unknown 10)
    procore_clearing_origin_unlocks: bool = (
        False  # origin_id: null sent to a locked record frees it (unknown 11)
    )
    procore_vendor_names_unique: bool = True  # two active vendors cannot have one name
    procore_strict_abn: bool = True  # business_register checks the digits of an ABN (unknown 19)
    procore_inactive_vendor_hidden: bool = True  # an inactive vendor is not found by its own address
    procore_negative_payments: bool = True  # contract payments below zero are accepted (unknown 15)
    procore_overpayments: bool = True  # payments beyond the contract's revised sum are accepted (unknown 15)
