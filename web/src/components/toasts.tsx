import { toasts } from '../state'

/** Always in the document, so that screen readers notice what is put in. */
export function Toasts() {
    return (
        <div class="toasts" role="status" aria-live="polite">
            {toasts.value.map(t => <div key={t.id} class={`toast toast-${t.kind}`}>{t.text}</div>)}
        </div>
    )
}
