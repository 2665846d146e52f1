"""Invoice → CII XML, readable page, Factur-X PDF/A-3; and back."""
