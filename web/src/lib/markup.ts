// HTML of comments -> a small tree to render. The server has cleaned it already; this takes in nothing but the
// elements below and the addresses of links, so that no mistake elsewhere can become an element of the page.

export type Node = string | { tag: Tag; href?: string; children: Node[] }
export type Tag = 'p' | 'br' | 'a' | 'b' | 'i' | 'u' | 's' | 'code' | 'pre' | 'blockquote' | 'ul' | 'ol' | 'li'

const tags: Record<string, Tag> = {
    P: 'p', BR: 'br', A: 'a', B: 'b', STRONG: 'b', I: 'i', EM: 'i', U: 'u', S: 's', DEL: 's', CODE: 'code', PRE: 'pre',
    BLOCKQUOTE: 'blockquote', UL: 'ul', OL: 'ol', LI: 'li', H1: 'b', H2: 'b', H3: 'b', H4: 'b', H5: 'b', H6: 'b'
}
const dropped = new Set(['SCRIPT', 'STYLE', 'TEMPLATE', 'NOSCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'SVG', 'MATH', 'HEAD', 'TITLE', 'TEXTAREA', 'SELECT'])
const DEPTH = 40

export function parseMarkup(html: string): Node[] {
    return childrenOf(new DOMParser().parseFromString(html, 'text/html').body, 0)
}

function childrenOf(parent: Element, depth: number): Node[] {
    const out: Node[] = []
    for (const node of parent.childNodes) {
        if (node.nodeType === 3) {
            out.push(node.nodeValue ?? '')
            continue
        }
        if (node.nodeType !== 1 || depth > DEPTH)
            continue
        const element = node as Element
        // other namespaces keep their case: "svg" as well as "SVG"
        const name = element.nodeName.toUpperCase()
        if (dropped.has(name) || element.namespaceURI !== 'http://www.w3.org/1999/xhtml')
            continue
        // microblogs shorten the links they show: "https://" and the tail are there for copying only
        if (element.classList.contains('invisible'))
            continue
        const tag = tags[name]
        const children = childrenOf(element, depth + 1)
        if (element.classList.contains('ellipsis'))
            children.push('…')
        if (!tag) {
            out.push(...children)
        } else if (tag === 'a') {
            const href = webAddress(element.getAttribute('href'))
            out.push(...href ? [{ tag, href, children }] : children)
        } else {
            out.push({ tag, children })
        }
    }
    return out
}

/** Only addresses of the web: no scripts, no data. */
export function webAddress(text: string | null | undefined): string | null {
    if (!text)
        return null
    try {
        const url = new URL(text)
        return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null
    } catch {
        return null
    }
}
