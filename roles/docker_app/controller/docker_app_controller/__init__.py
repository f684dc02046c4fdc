"""What the role does on the Ansible controller: from `app_list` to what a host is to run. Pure: no Ansible, no network."""
