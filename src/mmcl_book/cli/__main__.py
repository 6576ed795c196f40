"""`python -m mmcl_book.cli` is the command `mmcl`."""

import sys

from mmcl_book.cli import main

sys.exit(main())
