"""Where images come from, and which one it is that runs."""

from __future__ import annotations

import base64
import json
import os

import pytest
from stage import PORT, Host, Site, registry


def test_a_moved_tag_that_is_always_pulled(host: Host, site: Site) -> None:
    with host.moving_tag("web", "1") as tag:
        site.deploy({"page": host.web(tag, pull_policy="always"), "other": host.web(port=PORT + 1)}).ok()
        before = host.identities()
        assert site.run().ok().changed(host.name) == 0
        assert host.identities() == before
        host.move_tag("web", "2", tag)
        outcome = site.run().ok()
        assert outcome.results() == {"page": "deployed", "other": "unchanged"}
        assert host.get() == "web 2"
        images = outcome.app("page")["images"]["page"]
        assert images["old"] != images["new"]
        assert site.run().ok().changed(host.name) == 0


def test_a_moved_tag_that_is_pulled_when_it_is_missing(host: Host, site: Site) -> None:
    with host.moving_tag("web", "1") as tag:
        site.deploy({"page": host.web(tag)}).ok()
        host.move_tag("web", "2", tag)
        assert site.run().ok().changed(host.name) == 0
        assert host.get() == "web 1"


def test_a_pinned_image(host: Host, site: Site) -> None:
    """The digest is in the Compose file, so a moved tag changes nothing, even where the image has to be pulled anew."""
    with host.moving_tag("web", "1") as tag:
        site.deploy({"page": host.web(tag, pin=True)}).ok()
        recorded = site.run().ok().app("page")["recorded"]["images"]["page"]
        digest = recorded["digest"].partition("@")[2]
        assert f"{registry(f'web:{tag}')}@{digest}" in host.read("page/compose.yaml")
        host.move_tag("web", "2", tag)
        assert site.run().ok().changed(host.name) == 0
        host.docker("rm", "--force", "page-page-1")
        host.forget_image(f"web:{tag}")
        site.run().ok()
        assert host.get() == "web 1"
        # And on request it is looked up again.
        site.deploy({"page": host.web(tag, pin=True)}, more={"docker_app_pull": "always"}).ok()
        assert host.get() == "web 2"


def test_an_image_that_may_not_be_pulled(host: Host, site: Site) -> None:
    host.forget_image("web:2")
    outcome = site.deploy({"page": host.web(2)}, more={"docker_app_pull": "never"}).failed()
    assert registry("web:2") in outcome.app("page")["error"]
    host.docker("pull", "--quiet", registry("web:2"))
    site.run().ok()
    assert host.get() == "web 2"


@pytest.fixture
def login() -> dict[str, str]:
    """Who may pull from the registry that asks for it."""
    return {
        "registry": os.environ["NAUTOBRIDGE_TEST_LAB_LOGIN_REGISTRY"],
        "username": os.environ["NAUTOBRIDGE_TEST_LAB_LOGIN_USER"],
        "password": os.environ["NAUTOBRIDGE_TEST_LAB_LOGIN_PASSWORD"],
    }


def test_a_registry_with_a_login(web_host: Host, site: Site, login: dict[str, str]) -> None:
    host = web_host
    image = f"{login['registry']}/web:2"
    host.run("docker", "image", "rm", "--force", image, check=False)
    app = host.web() | {"image": image}
    refused = site.deploy({"page": app}).failed()
    assert "auth" in refused.app("page")["error"]

    wrong = login | {"password": "wrong-password-Lm93"}
    refused = site.deploy({"page": app}, "-vvv", more={"docker_app_registries": [wrong]}).failed()
    encoded = base64.b64encode(b"deploy:wrong-password-Lm93").decode()
    for secret in (wrong["password"], encoded):
        assert secret not in refused.result.stdout + refused.result.stderr

    outcome = site.deploy({"page": app}, "-vvv", more={"docker_app_registries": [login]}).ok()
    assert host.get() == "web 2"
    encoded = base64.b64encode(f"{login['username']}:{login['password']}".encode()).decode()
    for secret in (login["password"], encoded):
        assert secret not in outcome.result.stdout + outcome.result.stderr
    # Not among the logins of a user, and only for root.
    assert host.run("sh", "-c", "test -e ~/.docker && echo present || echo absent").strip() == "absent"
    own = f"{host.root}/.nautobridge/docker/config.json"
    assert list(json.loads(host.run("cat", own))["auths"]) == [login["registry"]]
    assert host.run("stat", "-c", "%a", own).strip() == "600"
    assert site.run().ok().changed(host.name) == 0
