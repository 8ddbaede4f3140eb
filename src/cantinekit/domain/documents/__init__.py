"""Documents: receipts, invoices and credit notes, numbered in series without gaps."""
