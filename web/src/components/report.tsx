// Telling the moderators of this site about a video, a comment or an account.

import { useState } from 'preact/hooks'
import { api, messageOf } from '../api'
import { toast } from '../state'
import { strings as s } from '../strings'
import { Dialog } from './dialog'
import { Check, TextArea } from './fields'

export type ReportTarget = { video: { id: number } } | { comment: { id: number } } | { account: { id: number } }

/** `host`: of what lives elsewhere. */
export function ReportDialog({ target, name, host, onClose }: { target: ReportTarget; name: string; host: string | null; onClose: () => void }) {
    const [reason, setReason] = useState('')
    const [kinds, setKinds] = useState<string[]>([])
    const [forward, setForward] = useState(true)
    const [error, setError] = useState<string | null>(null)
    const [busy, setBusy] = useState(false)
    const submit = async (event: SubmitEvent) => {
        event.preventDefault()
        if (reason.trim().length < 2) {
            setError(s.report.tooShort)
            return
        }
        setBusy(true)
        try {
            await api.report({ reason: reason.trim(), predefinedReasons: kinds, forward, ...target })
            toast(s.report.done)
            onClose()
        } catch (e) {
            setError(messageOf(e))
            setBusy(false)
        }
    }
    return (
        <Dialog title={s.report.title(name)} onClose={onClose}>
            <form onSubmit={submit} aria-busy={busy}>
                <p class="quiet">{s.report.text}</p>
                <fieldset class="choices">
                    <legend>{s.report.kinds}</legend>
                    {Object.entries(s.report.reasons).map(([key, label]) =>
                        <Check key={key} label={label} checked={kinds.includes(key)}
                            onValue={on => setKinds(on ? [...kinds, key] : kinds.filter(k => k !== key))} />)}
                </fieldset>
                <TextArea label={s.report.reason} value={reason} onValue={setReason} rows={4} maxLength={3000} error={error} />
                {host && <Check label={s.report.forward(host)} checked={forward} onValue={setForward} />}
                <div class="dialog-actions">
                    <button type="button" class="button" onClick={onClose}>{s.cancel}</button>
                    <button class="button button-primary" disabled={busy}>{s.report.send}</button>
                </div>
            </form>
        </Dialog>
    )
}
