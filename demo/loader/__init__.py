"""Puts YAML files that describe a network into a Nautobot. See ../load.py for the command line."""
