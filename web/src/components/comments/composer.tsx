import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { messageOf } from '../../api'
import { user } from '../../state'
import { strings as s } from '../../strings'
import { Avatar } from '../avatar'

/** Where a comment is written. It grows with its text; Ctrl+Enter sends. */
export function Composer({ label, initial = '', submit: word, note, start = false, onSubmit, onCancel }: {
    label: string; initial?: string; submit: string; note?: string | undefined
    /** takes the focus at once: it was asked for */
    start?: boolean
    onSubmit: (text: string) => Promise<void>; onCancel?: () => void
}) {
    const [text, setText] = useState(initial)
    const [active, setActive] = useState(start)
    const [busy, setBusy] = useState(false)
    const [error, setError] = useState<string | null>(null)
    const area = useRef<HTMLTextAreaElement>(null)
    const id = useId()

    useEffect(() => {
        const element = area.current
        if (!element || !start)
            return
        element.focus()
        element.setSelectionRange(element.value.length, element.value.length)
    }, [])
    useEffect(() => {
        const element = area.current
        if (!element)
            return
        element.style.height = 'auto'
        element.style.height = `${Math.min(480, element.scrollHeight + 2)}px`
    }, [text, active])

    const send = async () => {
        const trimmed = text.trim()
        if (!trimmed || busy)
            return
        setBusy(true)
        setError(null)
        try {
            await onSubmit(trimmed)
            setText('')
            setActive(false)
        } catch (e) {
            setError(messageOf(e))
        }
        setBusy(false)
    }
    const me = user.value
    return (
        <form class="composer" aria-busy={busy} onSubmit={e => { e.preventDefault(); void send() }}>
            {me && <Avatar actor={me.account} size={start ? 28 : 38} />}
            <div class="composer-main">
                <textarea ref={area} rows={active ? 3 : 1} value={text} maxLength={10000} aria-label={label} placeholder={label}
                    aria-describedby={error ? `${id}-error` : active ? `${id}-help` : undefined} aria-invalid={error ? true : undefined}
                    onFocus={() => setActive(true)} onInput={e => setText(e.currentTarget.value)}
                    onKeyDown={e => {
                        if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
                            e.preventDefault()
                            void send()
                        } else if (e.key === 'Escape' && onCancel && text === initial) {
                            onCancel()
                        }
                    }} />
                <div role="alert">{error && <p class="field-error" id={`${id}-error`}>{error}</p>}</div>
                {active
                    && <div class="composer-foot">
                        <p class="field-help" id={`${id}-help`}>{note ?? s.comments.help}</p>
                        <div class="composer-buttons">
                            <button type="button" class="button button-small button-quiet" disabled={busy}
                                onClick={() => {
                                    setText(initial)
                                    setActive(false)
                                    onCancel?.()
                                }}>{s.cancel}</button>
                            <button class="button button-small button-primary" disabled={busy || !text.trim()}>{word}</button>
                        </div>
                    </div>}
            </div>
        </form>
    )
}
