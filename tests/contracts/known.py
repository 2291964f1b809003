"""Where the documents contradict the references beside them: what stands there instead, why, and who says so.

An entry nobody needs is reported by tests/test_contracts_sandbox.py; one whose line does not say it, or that
changes nothing, by tests/test_contracts.py.
"""

from tests.contracts.documents import Known
from tests.contracts.known_identity import XERO_IDENTITY
from tests.contracts.known_payroll import XERO_PAYROLL
from tests.contracts.known_procore import PROCORE_ANSWERS
from tests.contracts.known_xero import XERO_EXAMPLES, XERO_READING, XERO_REFUSING

KNOWN: tuple[Known, ...] = (
    *PROCORE_ANSWERS,
    *XERO_READING,
    *XERO_EXAMPLES,
    *XERO_REFUSING,
    *XERO_IDENTITY,
    *XERO_PAYROLL,
)
