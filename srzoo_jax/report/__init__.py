"""Records -> a report: tables, figures and a page, with all that made them.

A report is a function of the records, the scenes beside them and the machine; what was measured of
time apart, the same records give the same bytes.
"""

from srzoo_jax.report.environment import environment
from srzoo_jax.report.summary import rows
from srzoo_jax.report.tables import as_csv, caption, remarks, table
from srzoo_jax.report.writing import SCENES, write

__all__ = ["SCENES", "as_csv", "caption", "environment", "remarks", "rows", "table", "write"]
