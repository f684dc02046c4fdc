"""What the module docker_app does on a host. Python 3.7's standard library, and the docker command."""
