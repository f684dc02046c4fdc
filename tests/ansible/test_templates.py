"""Text from Nautobot is data: an expression in it is never evaluated, unless a setting trusts it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness import Core

PLAYBOOK = """
- name: Use planted text in all the ways that plays use text
  hosts: traefik
  gather_facts: false
  tasks:
    - name: Note a fact
      ansible.builtin.set_fact:
        noted: "{{ nautobot.comments }}"
        all_of_it: "{{ nautobot }}"
    - name: Loop
      ansible.builtin.debug:
        msg: "{{ item }}"
      loop: "{{ nautobot.nested + [noted, group_comment, all_of_it.comments] }}"
    - name: Write a file
      ansible.builtin.copy:
        content: |
          {{ nautobot.comments }}
          {{ noted }}
          {{ hostvars['traefik'].nautobot.nested[0] }}
          {{ group_comment }}
          {{ trusted }}
          {{ group_trusted }}
          {{ nautobot.plain }}
        dest: "{{ out }}"
        mode: "0600"
"""


def test_planted_expressions_are_shown_as_they_are(
    core: Core, source: Path, stub: Callable, document: dict, canary: Path
) -> None:
    show = "var=[nautobot.comments,nautobot.nested,group_comment,trusted,group_trusted,nautobot.plain]"
    env = stub(document).env
    shown = core.run("ansible", "-i", source, "traefik", "-m", "ansible.builtin.debug", "-a", show, env=env).ok().stdout
    for text in ("touch ", "{% if true %}evaluated", "{{ 1 + 1 }}", "42", "43", "100 % of {this}"):
        assert text in shown
    assert "{{ 40" not in shown
    assert not canary.exists()


def test_planted_expressions_in_a_play(
    core: Core, source: Path, stub: Callable, document: dict, canary: Path, tmp_path: Path
) -> None:
    playbook = tmp_path / "playbook.yml"
    playbook.write_text(PLAYBOOK)
    out = tmp_path / "out"
    core.run("ansible-playbook", "-i", source, playbook, "-e", f"out={out}", env=stub(document).env).ok()
    lookup = document["_meta"]["hostvars"]["traefik"]["nautobot"]["comments"]["__ansible_unsafe"]
    assert out.read_text().splitlines() == [
        lookup,
        lookup,
        "{% if true %}evaluated{% endif %}",
        "{{ 1 + 1 }}",
        "42",
        "43",
        "100 % of {this} is fine } %",
    ]
    assert not canary.exists()


def test_the_canary_sings(core: Core, source: Path, stub: Callable, document: dict, canary: Path) -> None:
    """The tests above would see it if the text were evaluated: so it is where the binary trusts it."""
    nautobot = document["_meta"]["hostvars"]["traefik"]["nautobot"]
    nautobot["comments"] = nautobot["comments"]["__ansible_unsafe"]
    show = ("ansible", "-i", source, "traefik", "-m", "ansible.builtin.debug", "-a", "var=nautobot.comments")
    core.run(*show, env=stub(document).env).ok()
    assert canary.exists()
