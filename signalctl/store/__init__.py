"""What must be remembered: pushes, certificates, approvals, and an audit log nobody can rewrite."""
