"""Pages speak Chinese until somebody chooses otherwise."""


def test_a_browser_that_prefers_english_gets_chinese(database, client):
    page = client.get("/sign-in/", headers={"accept-language": "en-GB,en"})
    assert "登录" in page.content.decode()


def test_who_chose_english_gets_english(database, client):
    client.post("/language/", {"language": "en", "next": "/sign-in/"})
    page = client.get("/sign-in/").content.decode()
    assert 'lang="en"' in page
    assert "Sign in" in page


def test_a_cookie_with_no_language_of_ours_is_chinese(database, client):
    client.cookies["django_language"] = "tlh"
    assert 'lang="zh-CN"' in client.get("/sign-in/").content.decode()
