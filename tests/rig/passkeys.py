"""A browser with a device that keeps passkeys, as a person uses it on the pages of staff."""

from playwright.sync_api import Page, expect

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def give_device(page: Page) -> None:
    """Put a device into this tab that unlocks at every touch."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def add_passkey(page: Page, address: str, label: str = "筆電") -> None:
    """Add a passkey on the page of how one signs in."""
    page.goto(f"{address}/staff/keys")
    page.locator("#label").fill(label)
    page.locator('[data-passkey="add"] button').click()
    expect(page.locator("[data-key]")).to_contain_text(label)


def show_passkey(page: Page) -> None:
    """Show a passkey where the page asks for it."""
    page.locator('[data-passkey="enter"] button').click()


def prove(page: Page, address: str) -> None:
    """Get a passkey and show it: whoever does this may approve for ten minutes."""
    give_device(page)
    add_passkey(page, address)
    show_passkey(page)
    expect(page.locator(".notice--ok")).to_be_visible()
