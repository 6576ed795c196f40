"""Linear codes under InfoNCE, exactly or by batches: style comes in first, content displaces it."""
