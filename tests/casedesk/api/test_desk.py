"""Around the work: files, tokens, sessions, lockout."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.authtoken.models import Token

from casedesk.administration import reset_password
from casedesk.files import LONGEST_NAME, plain_name
from casedesk.models import User
from tests import walks
from tests.casedesk.api.clients import is_problem
from tests.every_paper import picture
from workflows import clock
from workflows.casefile.evidence import LARGEST
from workflows.models import Complaint, Evidence

PDF = b"%PDF-1.7\n" + b"wage ledger of a village\n" * 40
PNG = picture("PNG")


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.VAR = tmp_path


def upload(caller: Any, *files: SimpleUploadedFile, **fields: str) -> Any:
    data: dict[str, Any] = {**fields}
    if files:
        data["file"] = list(files)
    return caller.client.post("/api/files", data, headers=caller.headers)


# --- files ------------------------------------------------------------------------------------------------------------


def test_an_uploaded_file_becomes_evidence(county):
    stored = upload(county.operator, SimpleUploadedFile("欠条.pdf", PDF, "application/pdf"))
    assert stored.status_code == 201, stored.content.decode()
    told = stored.json()
    assert told["sha256"] == hashlib.sha256(PDF).hexdigest() and told["size"] == len(PDF)
    with clock.at(walks.MONDAY):
        call = county.operator.log(walks.CALL).json()
        body = {"title": "欠条照片", "file": told["file"]}
        assert county.operator.act("intake", call["intake"], "add_evidence", body).status_code == 200
    item = Evidence.objects.get()
    assert (item.sha256, item.file_name, item.content_type) == (told["sha256"], "欠条.pdf", "application/pdf")
    assert county.operator.get(f"complaints/{call['id']}").json()["evidence"][0]["sha256"] == told["sha256"]


def test_a_token_of_our_own_making_is_no_file(county, rows):
    with clock.at(walks.MONDAY):
        call = county.operator.log(walks.CALL).json()
        before = rows()
        for token in ("x", "eyJuYW1lIjoieCJ9:1abc:def", "../../etc/passwd"):
            body = {"title": "欠条", "file": token}
            problem = is_problem(county.operator.act("intake", call["intake"], "add_evidence", body), 422)
            assert list(problem["errors"]) == ["file"]
    assert rows() == before


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("empty.pdf", b"", 422),
        ("page.jpg", b"<html><script>alert(1)</script>", 422),
        ("picture.svg", b"<svg onload=alert(1)>", 422),
        ("setup.pdf", b"MZ\x90\x00", 422),
        ("junk before.pdf", b"xx%PDF-1.7", 422),
        ("picture.gif", b"GIF89a", 422),
        ("fits.pdf", PDF + b"\x00" * (LARGEST - len(PDF)), 201),
        ("one too many.pdf", PDF + b"\x00" * (LARGEST - len(PDF) + 1), 413),
    ],
)
def test_a_file_is_what_its_first_bytes_say(county, tmp_path, name, content, status):
    answer = upload(county.operator, SimpleUploadedFile(name, content, "application/pdf"))
    assert answer.status_code == status
    kept = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert len(kept) == (1 if status == 201 else 0)


def test_one_file_and_nothing_else(county):
    one = [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.pdf", PDF)]
    assert "file" in is_problem(upload(county.operator, *one), 422)["errors"]
    assert "file" in is_problem(upload(county.operator), 422)["errors"]
    assert "role" in is_problem(upload(county.operator, SimpleUploadedFile("a.pdf", PDF), role="x"), 422)["errors"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b"--\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\ncut"),
        ("multipart/form-data; boundary=" + "x" * 300, b""),
        ("multipart/form-data; boundary=x", b"".join(
            b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % n for n in range(600)) + b"--x--\r\n"),
        ("multipart/form-data; boundary=x", b"".join(
            b'--x\r\nContent-Disposition: form-data; name="f%d"; filename="a"\r\n\r\n1\r\n' % n for n in range(200))
            + b"--x--\r\n"),
    ],
    ids=["no boundary", "empty boundary", "cut off", "a long boundary", "600 fields", "200 files"],
)  # fmt: skip
def test_malformed_multipart_is_refused(county, content_type, body):
    answer = county.operator.raw("POST", "files", body, content_type)
    assert answer.status_code in (400, 422), answer.content.decode()
    is_problem(answer, answer.status_code)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\欠条.jpg", "欠条.jpg"),
        ("欠\u202egpj.exe", "欠gpj.exe"),
        ("a\x00b\r\n.pdf", "ab.pdf"),
        (".htaccess", "htaccess"),
        ("条" * 300 + ".pdf", "条" * (LONGEST_NAME - 4) + ".pdf"),
        ("...", ""),
        ("欠条😡.pdf", "欠条😡.pdf"),
    ],
)
def test_a_files_name_is_made_harmless(name, kept):
    assert plain_name(name) == kept


# --- tokens -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def user(county) -> User:
    return User.objects.create_user("lead", password="a long enough passphrase", officer=county.people.officers["lead"])


def sign_in(caller: Any, password: str = "a long enough passphrase", username: str = "lead") -> Any:
    return caller.post("token", {"username": username, "password": password})


def test_a_token_is_got_used_and_given_back(county, user):
    token = sign_in(county.nobody).json()["token"]
    client = Client(headers={"Authorization": f"Token {token}"})
    assert client.get("/api/cases").status_code == 200
    assert client.delete("/api/token").status_code == 204
    is_problem(client.get("/api/cases"), 401)
    assert not Token.objects.exists()


def test_wrong_names_and_wrong_passwords_look_the_same(county, user):
    one = sign_in(county.nobody, "wrong")
    other = sign_in(county.nobody, "wrong", "nobody-of-that-name")
    assert is_problem(one, 401) and one.content == other.content
    is_problem(sign_in(county.nobody, "a long enough passphrase "), 401)  # a password is not trimmed


def test_five_wrong_passwords_lock_the_door_for_a_while(county, user):
    for _ in range(5):
        answer = sign_in(county.nobody, "wrong")
    assert answer.status_code in (401, 429)
    locked = sign_in(county.nobody)
    assert is_problem(locked, 429) and locked["Retry-After"] == "900"
    assert not Token.objects.filter(user=user).exists()
    User.objects.create_user("second", password="a long enough passphrase", officer=county.people.officers["second"])
    assert sign_in(county.nobody, username="second").status_code == 200, "a colleague at the same address gets in"


def test_a_success_forgets_the_wrong_passwords_before(county, user):
    for _ in range(3):
        for _ in range(4):
            is_problem(sign_in(county.nobody, "wrong"), 401)
        assert sign_in(county.nobody).status_code == 200


def test_an_account_without_an_officer_gets_no_token(county):
    User.objects.create_user("ghost", password="a long enough passphrase")
    is_problem(sign_in(county.nobody, username="ghost"), 403)
    assert not Token.objects.exists()


def test_a_temporary_password_opens_nothing_but_the_page_where_it_is_changed(county, user):
    is_problem(county.nobody.get("cases"), 401)
    old = Client(headers={"Authorization": f"Token {sign_in(county.nobody).json()['token']}"})
    assert old.get("/api/cases").status_code == 200
    temporary = reset_password(user, by=county.people.administrator)
    is_problem(old.get("/api/cases"), 401)  # the token went with the old password
    refused = is_problem(sign_in(county.nobody, temporary), 403)
    assert "临时密码" in refused["detail"] and not Token.objects.exists()
    his = Client()
    his.post("/sign-in/", {"username": "lead", "password": temporary})
    assert "临时密码" in is_problem(his.get("/api/cases"), 403)["detail"], "nor does his session"
    chosen = {"old": temporary, "new": "long-enough-Word-7", "again": "long-enough-Word-7"}
    assert his.post("/me/password/", chosen).status_code == 302
    assert his.get("/api/cases").status_code == 200
    token = sign_in(county.nobody, "long-enough-Word-7").json()["token"]
    chosen = {"old": "long-enough-Word-7", "new": "another-Word-8", "again": "another-Word-8"}
    assert his.post("/me/password/", chosen).status_code == 302
    is_problem(Client(headers={"Authorization": f"Token {token}"}).get("/api/cases"), 401)


def test_roles_are_read_afresh_at_each_request(county, user):
    caller = county.lead
    assert caller.get("cases").status_code == 200
    officer = user.officer
    officer.active = False
    officer.save()
    is_problem(caller.get("cases"), 403)
    is_problem(sign_in(county.nobody), 403)


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_reads_and_writes_only_with_its_csrf_token(county, user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.get("/api/cases").status_code == 200
    body = {"content_type": "application/json", "headers": {"Idempotency-Key": "one"}}
    with clock.at(walks.MONDAY):
        is_problem(client.post("/api/complaints", walks.CALL, **body), 403)
        assert not Complaint.objects.exists()
        client.cookies["csrf"] = "a" * 32
        body["headers"]["X-CSRFToken"] = "a" * 32
        assert client.post("/api/complaints", walks.CALL, **body).status_code == 201
