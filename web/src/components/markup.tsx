import { createElement, type ComponentChildren } from 'preact'
import { useMemo } from 'preact/hooks'
import { linkify } from '../lib/linkify'
import { parseMarkup, type Node } from '../lib/markup'

interface Times { duration: number; onTime: (seconds: number) => void }

/** HTML of a comment: a few elements and links, see lib/markup.ts. Times of the video become buttons. */
export function Markup({ html, times }: { html: string; times?: Times }) {
    const nodes = useMemo(() => parseMarkup(html), [html])
    return <div class="markup">{nodes.map((n, i) => build(n, i, times))}</div>
}

function build(node: Node, key: number, times: Times | undefined): ComponentChildren {
    if (typeof node === 'string')
        return times ? withTimes(node, times) : node
    if (node.tag === 'br')
        return <br key={key} />
    const inside = node.tag === 'a' || node.tag === 'code' || node.tag === 'pre' ? undefined : times
    const children = node.children.map((n, i) => build(n, i, inside))
    if (node.tag !== 'a')
        return createElement(node.tag, { key }, children)
    const here = node.href?.startsWith(`${window.location.origin}/`)
    return <a key={key} href={node.href} {...!here && { target: '_blank', rel: 'nofollow noopener noreferrer ugc' }}>{children}</a>
}

function withTimes(text: string, { duration, onTime }: Times): ComponentChildren {
    return linkify(text, duration).map((piece, i) =>
        piece.kind === 'time'
            ? <button key={i} type="button" class="time-link" onClick={() => onTime(piece.seconds)}>{piece.text}</button>
            : piece.text)
}
