"""Routes to Flower in nginx, Traefik, Caddy and an Ingress, and what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.monitoring.addresses import Address, address_of, is_flower
from celerify.facts.monitoring.flower import read_flowers
from celerify.facts.monitoring.proxies import proxies_of, read_routes
from celerify.facts.services import read_processes
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

COMPOSE = """\
services:
  monitor:
    build: .
    container_name: shop-monitor
    command: celery -A config flower
    networks:
      default:
        aliases: [watch]
"""


def routes_of(folder: Path, files: dict[str, str]) -> list[tuple[str, str, bool | None, str]]:
    for name, text in {"compose.yaml": COMPOSE, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    tree = Tree.at(folder)
    found = read_routes(tree, read_flowers(tree, read_processes(tree)))
    return [(route.proxy, route.address, route.tls, str(route.at)) for route in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flower:5555", Address("flower", 5555)),
        ("http://Flower:5555/x", Address("flower", 5555)),
        ("[::1]:5555", Address("[::1]", 5555)),
        ("flower:${PORT}", Address("flower", None)),
        ("flower", Address("flower", None)),
        ("http://u:hidden@flower:5555", Address("flower", 5555)),
        ("unix:/run/flower.sock", None),
        ("", None),
    ],
)
def test_an_address(text: str, expected: Address | None) -> None:
    assert address_of(text) == expected


def test_port_5555_of_another_host_is_not_flower_s() -> None:
    assert is_flower(Address("127.0.0.1", 5555), ())
    assert is_flower(Address("my-flower.internal", 80), ())
    assert not is_flower(Address("web", 5555), ())
    assert not is_flower(Address("127.0.0.1", 8000), ())


@pytest.mark.parametrize(
    ("server", "tls"),
    [
        ("listen 443 ssl; ssl_certificate a; location / { proxy_pass http://monitor:5555; }", True),
        ("listen [::]:443 ssl http2; location / { proxy_pass http://shop-monitor:5555/; }", True),
        ("listen 443; include snippets/ssl.conf; location / { proxy_pass http://watch:5555; }", True),
        ("listen 8443; ssl on; location / { proxy_pass http://monitor:5555; }", True),
        ('listen 443 ssl; location / { set $up "http://monitor:5555"; proxy_pass $up; }', True),
        ("listen 443 ssl; location / { if ($x) { return 403; } proxy_pass http://monitor:5555; }", True),
        ("listen 443; location / { proxy_pass http://monitor:5555; }", False),
        ("listen 80; location / { proxy_pass http://monitor:5555; }", False),
        ("location / { proxy_pass http://monitor:5555; }", False),
    ],
)
def test_a_server_of_nginx(tmp_path: Path, server: str, tls: bool) -> None:
    text = f"# proxy_pass http://monitor:5555;\nserver {{ listen 443 ssl; }}\nserver {{ {server} }}\n"
    (found,) = routes_of(tmp_path, {"nginx/site.conf": text})
    assert (found[0], found[2], found[3]) == ("nginx", tls, "nginx/site.conf:3")


@pytest.mark.parametrize(
    "text",
    [
        "server { listen 80; location / { proxy_pass http://web:8000; } }",
        "server { listen 80; # proxy_pass http://monitor:5555;\n }",
        "server { listen 80; location / { proxy_pass ; } }",
        "server { location / { proxy_pass http://unix:/run/web.sock; } ",
        "}}} proxy_pass {{{",
    ],
)
def test_no_route_of_nginx(tmp_path: Path, text: str) -> None:
    assert routes_of(tmp_path, {"nginx.conf": text}) == []


def test_an_upstream_and_a_template_of_nginx(tmp_path: Path) -> None:
    text = "upstream celery {\n  server monitor:${PORT};\n  keepalive 2;\n}\n{% if x %}\n"
    text += "server {\n listen 443 ssl;\n server_name {{ name }};\n"
    text += " location /a/ {\n  proxy_pass http://celery/;\n }\n}\n"
    (found,) = routes_of(tmp_path, {"ops/site.conf.j2": text})
    assert found == ("nginx", "monitor:${PORT}", True, "ops/site.conf.j2:10")


@pytest.mark.parametrize(
    ("site", "tls"),
    [
        ("flower.example.com {\n  reverse_proxy monitor:5555\n}", True),
        ("https://flower.example.com {\n  handle /x/* {\n    reverse_proxy monitor:5555\n  }\n}", True),
        ("a.example.com,\nb.example.com {\n  reverse_proxy /f* http://monitor:5555\n}", True),
        (":8443 {\n  tls internal\n  reverse_proxy {\n    to monitor:5555\n  }\n}", True),
        (":443 {\n  reverse_proxy monitor:5555\n}", True),
        ("http://flower.example.com {\n  reverse_proxy monitor:5555\n}", False),
        (":80 {\n  reverse_proxy monitor:5555\n}", False),
        ("{\n  auto_https off\n}\nx.example.com {\n  reverse_proxy monitor:5555\n}", False),
        ("{$SITE} {\n  reverse_proxy monitor:5555\n}", None),
        ("{$SITE:flower.example.com} {\n  reverse_proxy monitor:5555\n}", True),
    ],
)
def test_a_site_of_caddy(tmp_path: Path, site: str, tls: bool | None) -> None:
    (found,) = routes_of(tmp_path, {"Caddyfile": f"# monitor:5555\n{site}\n"})
    assert (found[0], found[2]) == ("Caddy", tls)


def test_no_route_of_caddy(tmp_path: Path) -> None:
    text = "(monitor) {\n  reverse_proxy monitor:5555\n}\nshop.example.com {\n  reverse_proxy web:8000\n}\n"
    assert routes_of(tmp_path, {"Caddyfile": text}) == []


@pytest.mark.parametrize(
    ("labels", "tls"),
    [
        (["traefik.http.routers.f.tls=true"], [True]),
        (["traefik.http.routers.f.tls.certresolver=le"], [True]),
        (["traefik.http.routers.f.entrypoints=websecure"], [True]),
        (["traefik.http.routers.f.entrypoints=web"], [False]),
        (["traefik.http.routers.f.tls=false"], [False]),
        (["traefik.http.routers.f.rule=Host(`websecure.example.com`)"], [False]),
        (
            [
                "traefik.http.routers.a.entrypoints=web",
                "traefik.http.routers.a.middlewares=redirect-to-https",
                "traefik.http.routers.b.entrypoints=https",
            ],
            [True],
        ),
        (["traefik.http.routers.f.tls=true", "traefik.enable=false"], []),
        (["com.example.team=shop"], []),
    ],
)
def test_labels_for_traefik(tmp_path: Path, labels: list[str], tls: list[bool]) -> None:
    text = COMPOSE + "    labels:\n" + "".join(f"      - {label}\n" for label in labels)
    assert [route[2] for route in routes_of(tmp_path, {"compose.yaml": text})] == tls


@pytest.mark.parametrize(("tls", "expected"), [("      tls: {}\n", True), ("", False)])
def test_a_file_of_traefik(tmp_path: Path, tls: str, expected: bool) -> None:
    text = f"http:\n  routers:\n    f:\n      entryPoints: [web]\n{tls}      service: f\n"
    text += (
        "  services:\n    f:\n      loadBalancer:\n        servers:\n          - url: http://monitor:5555\n"
    )
    (found,) = routes_of(tmp_path, {"traefik/dynamic.yml": text})
    assert found[:3] == ("Traefik", "http://monitor:5555", expected)


def test_an_ingress(tmp_path: Path) -> None:
    text = """\
kind: Ingress
spec:
  tls:
    - secretName: flower
  rules:
    - host: flower.example.com
      http:
        paths:
          - backend:
              service:
                name: flower
                port:
                  number: 80
          - backend:
              service:
                name: web
"""
    assert routes_of(tmp_path, {"k8s/ingress.yaml": text}) == [
        ("an Ingress", "flower:80", True, "k8s/ingress.yaml:2")
    ]


def test_what_is_no_proxy(tmp_path: Path) -> None:
    (tmp_path / "setup.conf").write_text("[program:x]\ncommand=x\n")
    (tmp_path / "nginx.md").write_text("proxy_pass http://flower:5555;")
    text = "services:\n  a:\n    image: i\n    labels: [traefik.http.routers.a.tls=true]\n"
    (tmp_path / "compose.yml").write_text(text)
    assert proxies_of(Tree.at(tmp_path)) == ()
