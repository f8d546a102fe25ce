// "Interact from your own account": a visitor names his account elsewhere and is led to his own server's page for
// following, liking or answering.

import { useState } from 'preact/hooks'
import { api, messageOf } from '../api'
import { parseHandle, hostOf } from '../lib/handle'
import { webAddress } from '../lib/markup'
import { placeText } from '../router'
import { config, read, toast, write } from '../state'
import { strings as s } from '../strings'
import { Dialog } from './dialog'
import { TextField } from './fields'
import { Icon } from './icons'

export type Intent = 'follow' | 'like' | 'comment' | 'reply'

export function loginPath(): string {
    return `/login?next=${encodeURIComponent(placeText())}`
}

export function InteractDialog({ intent, name, uri, onClose }:
    { intent: Intent; name: string; uri: string; onClose: () => void }) {
    const [handle, setHandle] = useState(read('handle') ?? '')
    const [error, setError] = useState<string | null>(null)
    const [busy, setBusy] = useState(false)
    const submit = async (event: SubmitEvent) => {
        event.preventDefault()
        const parsed = parseHandle(handle)
        if (!parsed) {
            setError(s.interact.wrong)
            return
        }
        setBusy(true)
        setError(null)
        try {
            const url = webAddress((await api.interact(parsed, uri, intent === 'comment' ? 'reply' : intent)).url)
            if (!url)
                throw new Error(s.interact.failed(hostOf(parsed)))
            write('handle', `@${parsed}`)
            window.location.assign(url)
        } catch (e) {
            setError(messageOf(e))
            setBusy(false)
        }
    }
    if (config.value.federation?.enabled === false)
        return (
            <Dialog title={s.header.signIn} onClose={onClose}>
                <p>{s.interact.federationOff}</p>
                <div class="dialog-actions"><a class="button button-primary" href={loginPath()}>{s.header.signIn}</a></div>
            </Dialog>
        )
    return (
        <Dialog title={s.interact.title[intent](name)} onClose={onClose}>
            <p>{s.interact.text}</p>
            <form onSubmit={submit} aria-busy={busy}>
                <TextField label={s.interact.handle} value={handle} onValue={setHandle} autocomplete="off" autocapitalize="none"
                    spellcheck={false} autofocus required help={s.interact.help} error={error} />
                <button class="button button-primary button-wide" disabled={busy}>{busy ? s.interact.looking : s.interact.go}</button>
            </form>
            <p class="interact-or"><span>{s.interact.or}</span></p>
            <div class="interact-more">
                <a class="button button-small" href={loginPath()}>{s.interact.signIn(config.value.instance.name)}</a>
                <button type="button" class="button button-small" onClick={() => void copy(uri)}><Icon name="link" size={17} />{s.interact.copy}</button>
            </div>
        </Dialog>
    )
}

export async function copy(text: string): Promise<void> {
    try {
        await navigator.clipboard.writeText(text)
        toast(s.copied)
    } catch {
        toast(text)
    }
}
