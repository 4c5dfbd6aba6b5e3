"""uvicorn's HTTP protocol without one of its habits. It knows httptools' callbacks and nothing of what is served; without uvicorn it cannot be imported."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class WithoutTrailers(HttpToolsProtocol):
    """Passes over the trailer fields of a chunked request (RFC 9110 section 6.5.1).

    httptools tells them by the same callback as headers, and uvicorn appends them to the headers that the application may be about to read: a
    credential or a tenant could come behind the body. It is named by its path, because uvicorn hands its settings on to worker processes.
    """

    def on_message_begin(self) -> None:
        """A new request: headers come next."""
        self._trailing = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """What comes by name from now on is a trailer."""
        self._trailing = True
        super().on_headers_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep headers alone."""
        if not self._trailing:
            super().on_header(name, value)
