"""Signing in and what must not happen there: enumeration, fixed sessions, forged forms, open redirects, old links."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from prm.accounts.models import User
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


@pytest.fixture
def limits(settings):
    """The rate limits of production; other tests run without."""
    settings.ACCOUNT_RATE_LIMITS = {}
    cache.clear()
    yield
    cache.clear()


def sign_in(client, email, password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": email, "password": password, **extra})


def confirm_it_is_me(client, response):
    """Answer the question for the password that comes before a change of the sign-in; the change then goes on."""
    assert response.url.startswith("/accounts/reauthenticate/")
    return client.post(response.url, {"password": PASSWORD})


def test_the_front_door_leads_to_sign_in_and_to_the_only_place(acme, client):
    outside = client.get("/")
    client.force_login(acme.admin)
    inside = client.get("/", follow=False)
    chosen = client.get(inside.url)

    assert (outside.status_code, outside.url) == (302, LOGIN)
    assert inside.url == reverse("accounts:workspaces")
    assert (chosen.status_code, chosen.url) == (302, "/t/acme/")


def test_several_places_are_offered_for_choice(acme, client):
    MembershipFactory(user=acme.admin, tenant__name="Nordvelo")
    client.force_login(acme.admin)

    page = client.get(reverse("accounts:workspaces"))

    assert page.status_code == 200
    assert "Nordvelo" in page.content.decode()
    assert 'href="/t/acme/"' in page.content.decode()


def test_somebody_without_a_place_is_told_what_to_do(client):
    client.force_login(UserFactory())

    page = client.get(reverse("accounts:workspaces"))

    assert "Nobody has given you a place to work yet" in page.content.decode()


def test_sign_in_by_e_mail_in_any_case(acme, client):
    response = sign_in(client, acme.admin.email.upper())

    assert (response.status_code, response.url) == (302, reverse("accounts:workspaces"))


def test_the_session_is_renewed_at_sign_in(acme, client):
    client.get(LOGIN)
    client.session["planted"] = "yes"
    before = client.session.session_key

    sign_in(client, acme.admin.email)

    assert client.session.session_key != before


def test_signing_out_needs_a_form_and_ends_the_session(acme, client):
    client.force_login(acme.admin)
    by_link = client.get("/accounts/logout/")
    still_in = client.get("/t/acme/settings/").status_code

    client.post("/accounts/logout/")

    assert (by_link.status_code, still_in) == (200, 200)
    assert client.get("/t/acme/settings/").status_code == 302


def test_unknown_address_and_wrong_password_look_the_same(acme, client):
    unknown = sign_in(client, "nobody@example.com", "wrong-password")
    wrong = sign_in(client, acme.admin.email, "wrong-password")

    def without_what_was_typed(response):
        text = re.sub(r'value="[^"]*"', "", response.content.decode())
        return re.sub(r"X-CSRFToken[^}]*", "", text)

    assert unknown.status_code == wrong.status_code == 200
    assert "E-mail and password do not match" in wrong.content.decode()
    assert without_what_was_typed(unknown) == without_what_was_typed(wrong)


def test_resetting_an_unknown_address_looks_like_a_known_one_and_mails_nobody(acme, client, mailoutbox):
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    known = client.post("/accounts/password/reset/", {"email": acme.admin.email})

    assert (unknown.status_code, unknown.url) == (known.status_code, known.url)
    assert [mail.to for mail in mailoutbox] == [[acme.admin.email]]


def test_nobody_signs_up_without_an_invitation(client):
    page = client.get("/accounts/signup/")
    forced = client.post(
        "/accounts/signup/", {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    )

    assert "You join by invitation" in page.content.decode()
    assert forced.status_code == 200
    assert not User.objects.filter(email="new@example.com").exists()


def test_an_unverified_address_must_be_confirmed_first(acme, client, mailoutbox):
    EmailAddress.objects.filter(user=acme.admin).update(verified=False)

    response = sign_in(client, acme.admin.email)

    assert response.url == reverse("account_email_verification_sent")
    assert mailoutbox[0].subject == "Confirm your e-mail address"
    assert client.get("/t/acme/settings/").status_code == 302


def test_an_inactive_person_stays_out(acme, client):
    acme.admin.is_active = False
    acme.admin.save()

    sign_in(client, acme.admin.email)

    assert client.get("/t/acme/settings/").status_code == 302


def test_failed_sign_ins_are_limited_per_address_even_for_the_right_password(acme, client, limits):
    for _ in range(5):
        sign_in(client, acme.admin.email, "wrong-password")

    response = sign_in(client, acme.admin.email)

    assert "Too many failed sign-ins" in response.content.decode()
    assert client.get("/t/acme/settings/").status_code == 302


def test_reset_mails_are_limited(acme, client, mailoutbox, limits):
    answers = [client.post("/accounts/password/reset/", {"email": acme.admin.email}).status_code for _ in range(7)]

    assert answers[-1] == 429
    assert len(mailoutbox) == 5


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "\thttps://evil.example",
    ],
)
def test_sign_in_never_leads_to_another_site(acme, client, target, settings):
    settings.ALLOWED_HOSTS = ["testserver"]

    response = sign_in(client, acme.admin.email, next=target)

    assert response.url == reverse("accounts:workspaces")


def test_sign_in_goes_on_where_somebody_wanted_to_go(acme, client):
    asked = client.get("/t/acme/settings/people/?page=2")
    response = sign_in(client, acme.admin.email, next="/t/acme/settings/people/?page=2")

    assert asked.url == f"{LOGIN}?next=/t/acme/settings/people/%3Fpage%3D2"
    assert response.url == "/t/acme/settings/people/?page=2"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/"])
def test_the_theme_switch_never_leads_to_another_site(acme, client, target):
    client.force_login(acme.admin)

    response = client.post(reverse("accounts:theme"), {"theme": "dark", "next": target})

    assert response.url == reverse("accounts:profile")
    acme.admin.refresh_from_db()
    assert acme.admin.theme == "dark"


@pytest.mark.parametrize(
    "path", [LOGIN, "/accounts/logout/", "/profile/", "/t/acme/settings/", "/t/acme/settings/people/invite/"]
)
def test_forged_forms_are_refused(acme, path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(acme.admin)

    assert client.post(path, {}).status_code == 403


def test_a_reset_link_works_once_and_signs_out_everywhere(acme, client, mailoutbox):
    elsewhere = Client()
    elsewhere.force_login(acme.admin)
    client.post("/accounts/password/reset/", {"email": acme.admin.email})
    link = re.search(r"(/accounts/password/reset/key/\S+)", mailoutbox[0].body).group(1)
    form = client.get(link, follow=True).request["PATH_INFO"]

    changed = client.post(form, {"password1": "another-long-phrase", "password2": "another-long-phrase"})
    again = Client().get(link, follow=True)

    acme.admin.refresh_from_db()
    assert changed.status_code == 302
    assert acme.admin.check_password("another-long-phrase")
    assert elsewhere.get("/t/acme/settings/").status_code == 302
    assert "This link no longer works" in again.content.decode()
    assert mailoutbox[-1].subject == "Your password was reset"


def test_an_old_reset_link_is_refused(acme, client, mailoutbox):
    client.post("/accounts/password/reset/", {"email": acme.admin.email})
    link = re.search(r"(/accounts/password/reset/key/\S+)", mailoutbox[0].body).group(1)

    with time_machine.travel(timezone.now() + timedelta(days=4), tick=False):
        page = client.get(link, follow=True)

    assert "This link no longer works" in page.content.decode()


@pytest.mark.parametrize("password", ["short", "1234567890", "password123", "admin@acme.example"])
def test_weak_passwords_are_refused(acme, client, password, mailoutbox):
    client.post("/accounts/password/reset/", {"email": acme.admin.email})
    link = re.search(r"(/accounts/password/reset/key/\S+)", mailoutbox[0].body).group(1)
    form = client.get(link, follow=True).request["PATH_INFO"]

    answer = client.post(form, {"password1": password, "password2": password})

    acme.admin.refresh_from_db()
    assert answer.status_code == 200
    assert acme.admin.check_password(PASSWORD)


def test_changing_the_address_waits_for_its_confirmation(acme, client, mailoutbox):
    sign_in(client, acme.admin.email)

    confirm_it_is_me(client, client.post("/accounts/email/", {"email": "new@acme.example", "action_add": ""}))
    acme.admin.refresh_from_db()
    before = acme.admin.email
    link = re.search(r"(/accounts/confirm-email/\S+)", mailoutbox[-1].body).group(1)
    client.post(link)

    acme.admin.refresh_from_db()
    assert (before, acme.admin.email) == ("admin@acme.example", "new@acme.example")


def test_an_address_in_use_cannot_be_claimed_nor_is_it_betrayed(acme, client, mailoutbox):
    sign_in(client, acme.admin.email)

    confirm_it_is_me(client, client.get("/accounts/2fa/totp/activate/"))
    taken = client.post("/accounts/email/", {"email": acme.partner_user.email, "action_add": ""})
    free = client.post("/accounts/email/", {"email": "free@acme.example", "action_add": ""})

    assert (taken.status_code, taken.url) == (free.status_code, free.url)
    assert EmailAddress.objects.get(email=acme.partner_user.email, verified=True).user == acme.partner_user


# --- Second factor --------------------------------------------------------------------------------------------------


def totp_code(authenticator):
    from prm.accounts.adapter import MFAAdapter

    secret = MFAAdapter().decrypt(authenticator.data["secret"])
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


@pytest.fixture
def protected(acme):
    return TOTP.activate(acme.admin, "JBSWY3DPEHPK3PXP").instance


def test_the_second_factor_is_asked_before_anything_opens(acme, client, protected):
    first = sign_in(client, acme.admin.email)
    between = client.get("/t/acme/settings/").status_code
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    right = client.post("/accounts/2fa/authenticate/", {"code": totp_code(protected)})

    assert first.url == reverse("mfa_authenticate")
    assert between == 302
    assert "This code is not right" in wrong.content.decode()
    assert right.url == reverse("accounts:workspaces")
    assert client.get("/t/acme/settings/").status_code == 200


def test_a_code_works_once(acme, client, protected):
    code = totp_code(protected)
    sign_in(client, acme.admin.email)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    other = Client()
    sign_in(other, acme.admin.email)

    other.post("/accounts/2fa/authenticate/", {"code": code})

    assert other.get("/t/acme/settings/").status_code == 302


def test_a_recovery_code_works_once(acme, client, protected):
    codes = RecoveryCodes.activate(acme.admin)
    code = codes.get_unused_codes()[0]
    sign_in(client, acme.admin.email)

    client.post("/accounts/2fa/authenticate/", {"code": code})
    other = Client()
    sign_in(other, acme.admin.email)
    other.post("/accounts/2fa/authenticate/", {"code": code})

    assert client.get("/t/acme/settings/").status_code == 200
    assert other.get("/t/acme/settings/").status_code == 302


def test_second_factor_secrets_are_encrypted_at_rest(acme, protected):
    assert "JBSWY3DPEHPK3PXP" not in str(Authenticator.objects.values_list("data", flat=True)[0])


def test_second_factor_secrets_survive_a_new_secret_key(acme, client, protected, settings):
    from prm.accounts.adapter import MFAAdapter

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next key"

    assert MFAAdapter().decrypt(protected.data["secret"]) == "JBSWY3DPEHPK3PXP"


def test_changing_the_second_factor_asks_again_who_it_is(acme, client):
    sign_in(client, acme.admin.email)
    confirm_it_is_me(client, client.get("/accounts/2fa/totp/activate/"))
    soon = client.get("/accounts/2fa/totp/activate/")

    with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=False):
        later = client.get("/accounts/2fa/totp/activate/")

    assert soon.status_code == 200
    assert later.url.startswith("/accounts/reauthenticate/")


def test_passkey_pages_carry_no_inline_script(acme, client):
    sign_in(client, acme.admin.email)
    confirm_it_is_me(client, client.get("/accounts/2fa/webauthn/add/"))
    pages = [Client().get(LOGIN), client.get("/accounts/2fa/webauthn/add/", follow=True)]

    for page in pages:
        scripts = re.findall(r"<script([^>]*)>", page.content.decode())
        assert all("src=" in attributes or "application/json" in attributes for attributes in scripts)
        assert "prm/js/passkey" in page.content.decode()
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_operators_need_a_second_factor_where_the_setting_says_so(client, settings):
    operator = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(operator)
    free = client.get("/admin/").status_code
    settings.OPERATORS_NEED_SECOND_FACTOR = True

    held = client.get("/admin/")
    TOTP.activate(operator, "JBSWY3DPEHPK3PXP")
    let_in = client.get("/admin/").status_code

    assert (free, held.status_code, held.url, let_in) == (200, 302, reverse("mfa_index"), 200)


def test_the_admins_own_sign_in_cannot_be_used(client):
    UserFactory(email="op@example.com", is_staff=True, is_superuser=True)

    page = client.get("/admin/login/")
    forced = client.post("/admin/login/", {"username": "op@example.com", "password": PASSWORD})

    assert page.url.startswith(LOGIN)
    assert forced.url.startswith(LOGIN)
    assert client.get("/admin/").status_code == 302


def test_the_admin_is_closed_to_tenants_people(acme, client):
    client.force_login(acme.admin)

    assert client.get("/admin/", follow=True).status_code == 403


# --- Devices --------------------------------------------------------------------------------------------------------


def test_devices_are_listed_and_the_others_signed_out(acme):
    here, there = Client(headers={"user-agent": FIREFOX}), Client(headers={"user-agent": CHROME})
    sign_in(here, acme.admin.email)
    sign_in(there, acme.admin.email)

    page = here.get("/accounts/sessions/").content.decode()
    confirm = here.post("/accounts/sessions/")

    assert "Firefox on Linux" in page
    assert "Chrome on Windows" in page
    assert "This device" in page
    assert confirm.status_code == 302
    assert there.get("/t/acme/settings/").status_code == 302
    assert here.get("/t/acme/settings/").status_code == 200


def test_a_device_is_written_once_in_five_minutes(acme, client):
    from allauth.usersessions.models import UserSession

    cache.clear()
    client.force_login(acme.admin)
    client.get("/profile/")
    first = UserSession.objects.get().last_seen_at
    client.get("/profile/")

    assert UserSession.objects.get().last_seen_at == first


# --- Profile --------------------------------------------------------------------------------------------------------


def test_the_profile_speaks_and_looks_as_chosen(acme, client, settings):
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    client.force_login(acme.admin)

    client.post(
        reverse("accounts:profile"),
        {"full_name": "Marta Olsen", "language": "de", "theme": "dark", "density": "compact"},
    )
    page = client.get(reverse("accounts:profile"))

    assert page.headers["Content-Language"] == "de"
    html = page.content.decode()
    assert '<html lang="de"' in html
    assert 'data-theme="dark"' in html
    assert 'data-density="compact"' in html
    assert "data-no-single-keys" in html


def test_the_profile_cannot_change_what_it_does_not_show(acme, client):
    client.force_login(acme.admin)

    client.post(
        reverse("accounts:profile"),
        {
            "full_name": "Marta",
            "theme": "light",
            "density": "compact",
            "language": "",
            "is_staff": "on",
            "is_superuser": "on",
            "email": "other@example.com",
        },
    )

    acme.admin.refresh_from_db()
    assert (acme.admin.is_staff, acme.admin.is_superuser, acme.admin.email) == (False, False, "admin@acme.example")
