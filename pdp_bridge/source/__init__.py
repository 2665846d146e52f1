"""Where issued invoices come from: one folder per billing tool."""
