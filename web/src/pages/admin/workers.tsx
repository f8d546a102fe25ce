// Machines that encode for this site: who they are, what they do, and their tokens, each shown once.

import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../../api'
import { Dialog } from '../../components/dialog'
import { TextField } from '../../components/fields'
import { Icon } from '../../components/icons'
import { Menu } from '../../components/menu'
import { usePaged } from '../../components/paged'
import { Empty, ErrorBox } from '../../components/video-grid'
import { formatAge } from '../../lib/format'
import { toast } from '../../state'
import { strings as s } from '../../strings'
import { admin, type Worker } from './api'

const text = s.admin.workers
const EVERY_MS = 10000
/** Contact is noted to half a minute. */
const AWAY_MS = 90000

type Doing = { what: 'create' } | { what: 'token'; name: string; token: string } | { what: 'rename' | 'revoke'; to: Worker } | null

export function Workers() {
    const { list, error, busy, more, retry, reload } = usePaged((start, count, signal) => admin.workers({ start, count }, signal), [])
    const [doing, setDoing] = useState<Doing>(null)
    const quiet = doing !== null || document.hidden
    useEffect(() => {
        const timer = setInterval(() => { if (!quiet) reload() }, EVERY_MS)
        return () => clearInterval(timer)
    }, [quiet])
    const done = (words: string) => {
        setDoing(null)
        toast(words)
        reload()
    }
    return (
        <>
            <div class="page-head">
                <p class="quiet">{text.text}</p>
                <button type="button" class="button button-primary" onClick={() => setDoing({ what: 'create' })}><Icon name="plus" />{text.create}</button>
            </div>
            {error && <ErrorBox text={error} retry={retry} />}
            {!list && busy && <p class="quiet" role="status">{s.loading}</p>}
            {list?.data.length === 0 && !busy && <Empty title={text.none} text={text.noneText} />}
            <ul class="plain-rows wide-rows">
                {list?.data.map(w => <Row key={w.id} worker={w} setDoing={setDoing} />)}
            </ul>
            {list && list.data.length < list.total
                && <div class="grid-end"><button type="button" class="button" disabled={busy} onClick={more}>{s.home.more}</button></div>}
            {doing?.what === 'create' && <NameDialog close={() => setDoing(null)} done={(name, token) => {
                setDoing({ what: 'token', name, token })
                reload()
            }} />}
            {doing?.what === 'rename' && <NameDialog of={doing.to} close={() => setDoing(null)} done={name => done(text.renamed(name))} />}
            {doing?.what === 'token' && <TokenDialog name={doing.name} token={doing.token} close={() => setDoing(null)} />}
            {doing?.what === 'revoke' && <RevokeDialog of={doing.to} close={() => setDoing(null)} done={done} />}
        </>
    )
}

function Row({ worker: w, setDoing }: { worker: Worker; setDoing: (doing: Doing) => void }) {
    const here = w.lastContact !== null && Date.now() - Date.parse(w.lastContact) < AWAY_MS
    return (
        <li class="plain-row">
            <span class="plain-row-text">
                <span><span class="row-title">{w.name}</span>
                    {w.running > 0 && <span class="badge badge-busy">{text.running(w.running)}</span>}
                    {here && w.running === 0 && <span class="badge badge-good">{text.ready}</span>}</span>
                <span class="quiet cut">{w.lastContact ? text.seen(formatAge(w.lastContact), w.ip ?? '') : text.never}</span>
                {w.build && <span class="quiet cut">{w.build}</span>}
            </span>
            <span class="quiet plain-row-fact wide-only">{text.done(w.tasksDone, w.tasksFailed)}</span>
            <Menu label={text.more(w.name)} button={<Icon name="dots" />}>
                <button type="button" onClick={() => setDoing({ what: 'rename', to: w })}><Icon name="edit" />{text.rename}</button>
                <button type="button" onClick={() => setDoing({ what: 'revoke', to: w })}><Icon name="trash" />{text.revoke}</button>
            </Menu>
        </li>
    )
}

function NameDialog({ of, close, done }: { of?: Worker; close: () => void; done: (name: string, token: string) => void }) {
    const [name, setName] = useState(of?.name ?? '')
    const [error, setError] = useState<string | null>(null)
    const [busy, setBusy] = useState(false)
    const submit = async (event: SubmitEvent) => {
        event.preventDefault()
        setBusy(true)
        try {
            const token = of ? (await admin.renameWorker(of.id, name.trim()), '') : (await admin.createWorker(name.trim())).runnerToken
            done(name.trim(), token)
        } catch (e) {
            setError(messageOf(e))
            setBusy(false)
        }
    }
    return (
        <Dialog title={of ? text.renameOf(of.name) : text.create} onClose={close}>
            <form onSubmit={submit} aria-busy={busy}>
                <TextField label={text.name} value={name} onValue={setName} required maxLength={100} autocomplete="off" error={error}
                    help={text.nameHelp} />
                <div class="dialog-actions">
                    <button type="button" class="button" onClick={close}>{s.cancel}</button>
                    <button class="button button-primary" disabled={busy || !name.trim()}>{of ? s.save : text.create}</button>
                </div>
            </form>
        </Dialog>
    )
}

function TokenDialog({ name, token, close }: { name: string; token: string; close: () => void }) {
    const command = `ZOETROPE_WORKER_TOKEN=${token} zoetrope-transcoder --server ${location.origin}`
    const copy = () => navigator.clipboard.writeText(command).then(() => toast(text.copied), () => toast(text.notCopied, 'error'))
    return (
        <Dialog title={text.made(name)} onClose={close} wide>
            <p>{text.run}</p>
            <pre class="notice" tabIndex={0} style="white-space: pre-wrap; overflow-wrap: anywhere; user-select: all">{command}</pre>
            <p class="quiet">{text.once}</p>
            <div class="dialog-actions">
                <button type="button" class="button" onClick={() => void copy()}>{text.copy}</button>
                <button type="button" class="button button-primary" onClick={close}>{s.close}</button>
            </div>
        </Dialog>
    )
}

function RevokeDialog({ of, close, done }: { of: Worker; close: () => void; done: (words: string) => void }) {
    const [error, setError] = useState<string | null>(null)
    const act = () => admin.revokeWorker(of.id).then(() => done(text.revoked(of.name)), e => setError(messageOf(e)))
    return (
        <Dialog title={text.revokeOf(of.name)} onClose={close}>
            <p>{text.revokeText}</p>
            <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
            <div class="dialog-actions">
                <button type="button" class="button" onClick={close}>{s.cancel}</button>
                <button type="button" class="button button-danger" onClick={() => void act()}>{text.revoke}</button>
            </div>
        </Dialog>
    )
}
