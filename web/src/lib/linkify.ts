// Plain text -> pieces to render: text, links, and timestamps that belong to this video. The result is
// data, never markup, so nothing a user wrote can become an element.

import { parseTime } from './time'

export type Piece =
    | { kind: 'text'; text: string }
    | { kind: 'link'; text: string; href: string }
    | { kind: 'time'; text: string; seconds: number }

const pattern = /(https?:\/\/[^\s<>"]+)|(?<![\w:.])((?:\d{1,3}:)?\d{1,2}:\d{2})(?![\w:])/g

export function linkify(text: string, durationSeconds = Infinity): Piece[] {
    const pieces: Piece[] = []
    let done = 0
    const say = (until: number) => {
        if (until > done)
            pieces.push({ kind: 'text', text: text.slice(done, until) })
    }
    for (const found of text.matchAll(pattern)) {
        const at = found.index
        if (found[1]) {
            const href = trimUrl(found[1])
            try { new URL(href) } catch { continue }
            say(at)
            pieces.push({ kind: 'link', text: href, href })
            done = at + href.length
        } else if (found[2]) {
            const seconds = parseTime(found[2])
            if (seconds === null || seconds > durationSeconds)
                continue
            say(at)
            pieces.push({ kind: 'time', text: found[2], seconds })
            done = at + found[2].length
        }
    }
    say(text.length)
    return pieces
}

/** Punctuation after a link belongs to the sentence; a closing bracket only when none was opened. */
function trimUrl(url: string): string {
    for (;;) {
        const last = url.at(-1) ?? ''
        if (/[.,;:!?'"*_]/.test(last))
            url = url.slice(0, -1)
        else if (last === ')' && url.split('(').length <= url.split(')').length - 1)
            url = url.slice(0, -1)
        else if (last === ']' && !url.includes('['))
            url = url.slice(0, -1)
        else
            return url
    }
}
