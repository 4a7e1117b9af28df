"""The commands of ``citedesk``, one file per subject. Nothing heavy is imported before a command runs."""
