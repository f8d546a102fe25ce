// The API writes addresses with the site's public host; the page may have been reached by another name, and
// its policy allows its own origin only.

export function samePath(url: string): string {
    const at = new URL(url, location.href)
    return at.pathname + at.search
}
