"""A browser without a browser: asks the app, keeps cookies, follows redirects, sends forms with their token."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from urllib.parse import urljoin

import httpx

BASE = "http://127.0.0.1:8765"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Client:
    """One visitor of an app."""

    def __init__(self, app):
        self.app = app
        self.cookies = httpx.Cookies()
        self.page: httpx.Response | None = None

    def ask(self, method, path, *, data=None, headers=None, content=None, follow=True):
        """Send one request and, unless told otherwise, follow where it leads."""

        async def run():
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=BASE, cookies=self.cookies) as client:
                answer = await client.request(
                    method, path, data=data, headers=headers, content=content, follow_redirects=follow
                )
                self.cookies = client.cookies
                return answer

        self.page = asyncio.run(run())
        return self.page

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, fields, **options):
        """Send a form as the last page would: with its token and its hidden fields."""
        token = TOKEN.search(self.page.text) if self.page else None
        self.token = token[1] if token else getattr(self, "token", "")
        return self.ask("POST", path, data={"csrf_token": self.token, **fields}, **options)

    def enter(self, token):
        """Open a link and go on to where it leads."""
        onward = self.get(f"/t/{token}")
        where = re.search(r"url=([^\"]+)", onward.text)
        return self.get(unescape(urljoin(BASE, where[1])))

    @property
    def path(self):
        return self.page.url.raw_path.decode()
