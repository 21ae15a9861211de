"""What several systems of one language name: tables of rules that are nobody's alone, and what models share."""
