"""NTCIP 1202 over SNMP: objects, transactions, manager and agent."""
