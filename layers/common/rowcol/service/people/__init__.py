"""Who may what: members of a firm, their roles and permission sets, and how these change."""
