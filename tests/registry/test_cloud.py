"""Logging in at clouds: the other side of the wire is a server of ours that checks what it is sent."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from gitbot.errors import Refused
from gitbot.registry import aws, azure, google
from gitbot.registry.cloud import cloud_login
from gitbot.registry.credentials import Credential
from gitbot.registry.listing import Tags
from gitbot.registry.login import Kept, Login
from gitbot.registry.sigv4 import Keys, Request, sign
from gitbot.secret import Secret
from gitbot.transport.call import Deadline
from gitbot.transport.client import Http, Options
from gitbot.transport.proxy import Proxies, parse_proxy
from tests.servers.bad_registry import error, in_turn, registry, says, tag_list

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
PASSWORD = "canary-ecr-password"
AUTHORIZED = {"authorizationData": [{"authorizationToken": base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()}]}
KEYS = {"AccessKeyId": "AKID", "SecretAccessKey": "canary-secret-key", "Token": "canary-session"}


@pytest.fixture
def http():
    # A proxy that is not there: the metadata services are asked without it.
    with Http(Options(sleep=lambda _: None)) as client:
        yield client


@pytest.fixture
def proxied():
    with Http(Options(sleep=lambda _: None, proxies=Proxies.one(parse_proxy("http://127.0.0.1:1")))) as client:
        yield client


def routes(**answers):
    """Answers by the beginning of the path, `_` for `/`."""

    def answer(exchange):
        path = exchange.request.path
        for name, found in answers.items():
            if path.startswith(f"/{name.replace('__', '-').replace('_', '/')}"):
                return found(exchange)
        return error(404, "X", "")(exchange)

    return answer


@pytest.mark.parametrize(
    ("provider", "host"),
    [
        ("aws", "ghcr.io"),
        ("aws", "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.net"),
        ("aws", "evil.net/123456789012.dkr.ecr.eu-west-1.amazonaws.com"),
        ("aws", "12345.dkr.ecr.eu-west-1.amazonaws.com"),
        ("azure", "azurecr.io"),
        ("azure", "a.azurecr.io.evil.net"),
        ("azure", "a.b.azurecr.io"),
        ("gcp", "evilgcr.io"),
        ("gcp", "docker.pkg.dev"),
        ("gcp", "europe-docker.pkg.dev.evil.net"),
    ],
)
def test_a_login_of_a_cloud_goes_to_no_other_host(http, provider, host):
    with pytest.raises(Refused, match="is not a registry of"):
        cloud_login(provider, host, http, {}, lambda: NOW)


@pytest.mark.parametrize(
    ("provider", "host"),
    [
        ("aws", ECR),
        ("aws", "123456789012.dkr-ecr.eu-west-1.on.aws"),
        ("aws", "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com"),
        ("aws", "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("aws", "public.ecr.aws"),
        ("azure", "team.azurecr.io"),
        ("azure", "team.azurecr.cn"),
        ("gcp", "gcr.io"),
        ("gcp", "eu.gcr.io"),
        ("gcp", "europe-west1-docker.pkg.dev"),
    ],
)
def test_hosts_of_a_cloud_are_known(http, provider, host):
    assert isinstance(cloud_login(provider, host, http, {}, lambda: NOW), Kept)


def test_a_signature_is_the_one_amazon_documents():
    keys = Keys("AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
    request = Request(
        method="GET",
        path="/",
        query="Action=ListUsers&Version=2010-05-08",
        headers={
            "host": "iam.amazonaws.com",
            "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        },
    )
    signed = sign(request, keys, "us-east-1", "iam", datetime(2015, 8, 30, 12, 36, tzinfo=UTC))
    assert signed["x-amz-date"] == "20150830T123600Z"
    assert signed["authorization"].endswith(
        "SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )


def test_amazon_by_keys_of_the_environment(http, bad_http):
    server = bad_http(says(AUTHORIZED))
    environment = {
        "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "canary-secret-key", "AWS_SESSION_TOKEN": "canary-session",
        "AWS_ENDPOINT_URL_ECR": server.origin,
    }  # fmt: skip
    login = aws.log_in(ECR, http, environment, Deadline(10), NOW)
    assert login.credential == Credential(username="AWS", password=Secret(PASSWORD), source="AWS")
    sent = server.requests[0]
    assert sent.headers["x-amz-target"] == "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"
    assert sent.headers["x-amz-date"] == "20261121T100000Z"
    assert sent.headers["x-amz-security-token"] == "canary-session"
    assert "/20261121/eu-west-1/ecr/aws4_request" in sent.headers["authorization"]
    assert sent.body == b"{}"
    assert not server.saw("canary-secret-key")


def test_the_public_registry_of_amazon_is_asked_in_its_own_way(http, bad_http):
    server = bad_http(says({"authorizationData": AUTHORIZED["authorizationData"][0]}))
    environment = {
        "AWS_ACCESS_KEY_ID": "A",
        "AWS_SECRET_ACCESS_KEY": "canary-k",
        "AWS_ENDPOINT_URL_ECR_PUBLIC": server.origin,
    }
    login = aws.log_in("public.ecr.aws", http, environment, Deadline(10), NOW)
    assert login.credential is not None
    assert login.credential.username == "AWS"
    assert server.requests[0].headers["x-amz-target"] == "SpencerFrontendService.GetAuthorizationToken"


def test_amazon_by_a_web_identity(http, bad_http, tmp_path):
    (tmp_path / "token").write_text("canary-web-token\n")
    inner = {"AccessKeyId": "A2", "SecretAccessKey": "canary-2", "SessionToken": "canary-3"}
    server = bad_http(
        says({"AssumeRoleWithWebIdentityResponse": {"AssumeRoleWithWebIdentityResult": {"Credentials": inner}}})
    )
    environment = {
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"), "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
        "AWS_ENDPOINT_URL_STS": server.origin,
    }  # fmt: skip
    keys = aws.find_keys(http, environment, "eu-west-1.amazonaws.com", Deadline(10))
    assert keys == Keys("A2", Secret("canary-2"), Secret("canary-3"))
    sent = parse_qs(server.requests[0].body.decode())
    assert sent["WebIdentityToken"] == ["canary-web-token"]
    assert sent["RoleArn"] == ["arn:aws:iam::1:role/r"]
    assert server.requests[0].path == "/", "the token is not in the URL"


def test_amazon_by_the_role_of_a_container(proxied, bad_http):
    server = bad_http(says(KEYS))
    environment = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.origin}/creds",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "canary-container",
    }
    keys = aws.find_keys(proxied, environment, "x", Deadline(10))
    assert keys.access == "AKID"
    assert server.requests[0].headers["authorization"] == "canary-container"


def test_amazon_by_the_role_of_the_machine(proxied, bad_http):
    def ask(answer):
        def checked(exchange):
            right = exchange.request.headers.get("x-aws-ec2-metadata-token") == "imds"
            (answer if right else error(401, "X", ""))(exchange)

        return checked

    from tests.servers.bad_registry import raw

    server = bad_http(
        routes(
            latest_api_token=raw(b"imds"),
            latest_meta__data_iam_security__credentials_the__role=ask(says(KEYS)),
            latest_meta__data_iam_security__credentials_=ask(raw(b"the-role\n")),
        )
    )
    environment = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": server.origin}
    assert aws.find_keys(proxied, environment, "x", Deadline(10)) == Keys(
        "AKID", Secret("canary-secret-key"), Secret("canary-session")
    )
    assert [request.method for request in server.requests] == ["PUT", "GET", "GET"]


def test_a_machine_without_a_role_is_told_what_to_do(proxied):
    with pytest.raises(Refused, match="has no role") as raised:
        aws.find_keys(proxied, {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"}, "x", Deadline(10))
    assert "AWS_ACCESS_KEY_ID" in raised.value.hint


def test_google_by_the_metadata_service(proxied, bad_http):
    server = bad_http(says({"access_token": "canary-google", "expires_in": 1000}, Metadata_Flavor="Google"))
    host = server.origin.partition("://")[2]
    login = google.log_in("gcr.io", proxied, {"GCE_METADATA_HOST": host}, Deadline(10))
    assert login.lasts_s == 1000
    assert login.credential is not None
    assert (login.credential.username, login.credential.password) == ("oauth2accesstoken", Secret("canary-google"))
    assert server.requests[0].headers["metadata-flavor"] == "Google"


def test_what_is_no_metadata_service_gives_no_token(http, bad_http):
    server = bad_http(says({"access_token": "canary-google"}))
    with pytest.raises(Refused, match="no metadata service"):
        google.log_in("gcr.io", http, {"GCE_METADATA_HOST": server.origin.partition("://")[2]}, Deadline(10))


def test_google_by_a_key_file(http, tmp_path):
    path = tmp_path / "key.json"
    path.write_text(json.dumps({"type": "service_account", "private_key": "canary-private"}))
    login = google.log_in("gcr.io", http, {"GOOGLE_APPLICATION_CREDENTIALS": str(path)}, Deadline(10))
    assert login.credential is not None
    assert login.credential.username == "_json_key"
    path.write_text(json.dumps({"type": "external_account"}))
    with pytest.raises(Refused, match="no key of a service account"):
        google.log_in("gcr.io", http, {"GOOGLE_APPLICATION_CREDENTIALS": str(path)}, Deadline(10))


def test_a_token_of_azure_is_exchanged_for_one_of_the_registry(http, bad_http):
    server = bad_http(routes(oauth2_exchange=says({"refresh_token": "canary-refresh"})))
    found = azure.exchange(server.origin, "team.azurecr.io", Secret("canary-aad"), http, Deadline(10))
    assert found == Credential(
        username="00000000-0000-0000-0000-000000000000", password=Secret("canary-refresh"), source="Azure"
    )
    assert parse_qs(server.requests[0].body.decode()) == {
        "grant_type": ["access_token"],
        "service": ["team.azurecr.io"],
        "access_token": ["canary-aad"],
    }


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"AZURE_FEDERATED_TOKEN_FILE": "TOKEN"}, {"client_assertion": ["canary-federated"]}),
        ({"AZURE_CLIENT_SECRET": "canary-client"}, {"client_secret": ["canary-client"]}),
    ],
    ids=["workload identity", "client secret"],
)
def test_azure_by_an_identity_of_the_environment(http, bad_http, tmp_path, given, sent):
    (tmp_path / "token").write_text("canary-federated")
    server = bad_http(routes(the__tenant_oauth2=says({"access_token": "canary-aad"})))
    environment = {"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "the-tenant", "AZURE_AUTHORITY_HOST": f"{server.origin}/"}
    environment |= {name: str(tmp_path / "token") if value == "TOKEN" else value for name, value in given.items()}
    token = azure._identity("https://containerregistry.azure.net", "io", http, environment, Deadline(10))
    assert token == Secret("canary-aad")
    body = parse_qs(server.requests[0].body.decode())
    assert body.items() >= sent.items()
    assert body["scope"] == ["https://containerregistry.azure.net/.default"]


def test_azure_by_the_identity_of_the_machine(proxied, bad_http):
    server = bad_http(routes(metadata_identity=says({"access_token": "canary-aad"})))
    environment = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": server.origin}
    token = azure._identity("https://containerregistry.azure.net", "io", proxied, environment, Deadline(10))
    assert token == Secret("canary-aad")
    assert server.requests[0].headers["metadata"] == "true"
    assert "resource=https%3A%2F%2Fcontainerregistry.azure.net" in server.requests[0].path


@pytest.mark.parametrize(
    "answer",
    [says({}), says([]), error(500, "X", "canary"), error(403, "X", "canary"), says({"access_token": 5})],
    ids=["nothing", "a list", "trouble", "forbidden", "a number"],
)
def test_a_login_service_that_misbehaves_is_an_error_that_quotes_nothing(http, bad_http, answer):
    server = bad_http(answer)
    environment = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": server.origin}
    with pytest.raises(Exception, match=r"log in at Azure|answered 500") as raised:
        azure._identity("https://containerregistry.azure.net", "io", http, environment, Deadline(10))
    assert "canary" not in str(raised.value)


def test_a_credential_is_kept_and_looked_up_again_after_it_was_refused(bad_http, connect):
    looked = []

    def look():
        looked.append(1)
        return Login(Credential(username="bot", password=Secret(f"canary-{len(looked)}")), 1000.0)

    basic = error(401, "UNAUTHORIZED", "", WWW_Authenticate='Basic realm="x"')

    def tags(exchange):
        (tag_list("1") if exchange.request.carries("canary-2") else basic)(exchange)

    server = bad_http(registry(tags=in_turn(tags), ping=basic))
    client = connect(server.origin.partition("://")[2], credential=Kept(look))
    with pytest.raises(Refused, match="answered 401"):
        client.tags("app")
    assert client.tags("app") == Tags(("1",))
    assert client.tags("app") == Tags(("1",))
    assert len(looked) == 2
