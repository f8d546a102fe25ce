import { linkify } from '../lib/linkify'

/** User text: links and times become clickable, everything else stays text. */
export function Description({ text, duration = 0, onTime }:
    { text: string; duration?: number; onTime?: (seconds: number) => void }) {
    return (
        <div class="description">
            {linkify(text, onTime ? duration : -1).map((piece, i) =>
                piece.kind === 'link'
                    ? <a key={i} href={piece.href} rel="nofollow noopener noreferrer ugc" target="_blank">{piece.text}</a>
                    : piece.kind === 'time'
                        ? <button key={i} type="button" class="time-link" onClick={() => onTime?.(piece.seconds)}>{piece.text}</button>
                        : piece.text)}
        </div>
    )
}
