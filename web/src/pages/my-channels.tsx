// The channels of the signed-in person: what others follow, and where videos are published.

import { useState } from 'preact/hooks'
import { api, messageOf } from '../api'
import { Avatar } from '../components/avatar'
import { Dialog } from '../components/dialog'
import { TextArea, TextField } from '../components/fields'
import { Icon } from '../components/icons'
import { PictureField } from '../components/picture-field'
import { fullHandle } from '../lib/handle'
import { paths } from '../router'
import { toast, user } from '../state'
import { strings as s } from '../strings'
import type { Actor } from '../types'

export function Channels() {
    const me = user.value
    const [doing, setDoing] = useState<{ what: 'create' } | { what: 'edit' | 'delete'; to: Actor } | null>(null)
    const done = async (text: string) => {
        setDoing(null)
        toast(text)
        user.value = await api.me().catch(() => user.value)
    }
    const close = () => setDoing(null)
    return (
        <section class="panel">
            <div class="panel-head">
                <h2>{s.channels.title}</h2>
                <button type="button" class="button button-small" onClick={() => setDoing({ what: 'create' })}><Icon name="plus" size={17} />{s.channels.create}</button>
            </div>
            <p class="quiet">{s.channels.text}</p>
            <ul class="plain-rows">
                {me?.videoChannels.map(c =>
                    <li key={c.id} class="plain-row">
                        <Avatar actor={c} size={40} />
                        <span class="plain-row-text">
                            <a class="row-title" href={paths.channel(c.name)}>{c.displayName}</a>
                            <span class="quiet cut">@{fullHandle(c)}</span>
                        </span>
                        <span class="plain-row-buttons">
                            <button type="button" class="icon-button" aria-label={s.channels.editOf(c.displayName)} title={s.myVideos.edit}
                                onClick={() => setDoing({ what: 'edit', to: c })}><Icon name="edit" /></button>
                            {(me?.videoChannels.length ?? 0) > 1
                                && <button type="button" class="icon-button danger" aria-label={s.channels.deleteOf(c.displayName)} title={s.myVideos.delete}
                                    onClick={() => setDoing({ what: 'delete', to: c })}><Icon name="trash" /></button>}
                        </span>
                    </li>)}
            </ul>
            {doing?.what === 'create' && <ChannelDialog close={close} done={done} />}
            {doing?.what === 'edit' && <ChannelDialog of={me?.videoChannels.find(c => c.id === doing.to.id) ?? doing.to} close={close} done={done} />}
            {doing?.what === 'delete' && <DeleteDialog of={doing.to} close={close} done={done} />}
        </section>
    )
}

interface DialogProps { close: () => void; done: (text: string) => void }

function ChannelDialog({ of, close, done }: DialogProps & { of?: Actor }) {
    const [name, setName] = useState('')
    const [displayName, setDisplayName] = useState(of?.displayName ?? '')
    const [description, setDescription] = useState(of?.description ?? '')
    const [support, setSupport] = useState(of?.support ?? '')
    const [error, setError] = useState<string | null>(null)
    const [busy, setBusy] = useState(false)
    const submit = async (event: SubmitEvent) => {
        event.preventDefault()
        const text = { displayName: displayName.trim(), description: description.trim() || null, support: support.trim() || null }
        setBusy(true)
        try {
            await (of ? api.updateChannel(of.name, text) : api.createChannel({ name: name.trim().toLowerCase(), ...text }))
            done(of ? s.channels.saved(text.displayName) : s.channels.created(text.displayName))
        } catch (e) {
            setError(messageOf(e))
            setBusy(false)
        }
    }
    return (
        <Dialog title={of ? s.channels.editOf(of.displayName) : s.channels.create} onClose={close}>
            <form onSubmit={submit} aria-busy={busy}>
                <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
                {of && (['avatar', 'banner'] as const).map(kind =>
                    <PictureField key={kind} actor={of} kind={kind} path={`/video-channels/${encodeURIComponent(of.name)}/${kind}`}
                        done={async () => { user.value = await api.me() }} />)}
                <TextField label={s.signup.displayName} value={displayName} onValue={setDisplayName} required maxLength={120} autocomplete="off" />
                {!of && <TextField label={s.channels.name} value={name} onValue={setName} required maxLength={50} autocapitalize="none" spellcheck={false}
                    autocomplete="off" help={s.signup.usernameHelp} />}
                <TextArea label={s.form.description} optional value={description} onValue={setDescription} maxLength={1000} rows={4} />
                <TextArea label={s.form.support} optional value={support} onValue={setSupport} maxLength={1000} rows={2} help={s.form.supportHelp} />
                <div class="dialog-actions">
                    <button type="button" class="button" onClick={close}>{s.cancel}</button>
                    <button class="button button-primary" disabled={busy}>{of ? s.save : s.channels.create}</button>
                </div>
            </form>
        </Dialog>
    )
}

function DeleteDialog({ of, close, done }: DialogProps & { of: Actor }) {
    const [error, setError] = useState<string | null>(null)
    const act = () => api.deleteChannel(of.name).then(() => done(s.channels.deleted(of.displayName)), e => setError(messageOf(e)))
    return (
        <Dialog title={s.channels.deleteOf(of.displayName)} onClose={close}>
            <p>{s.channels.deleteText}</p>
            <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
            <div class="dialog-actions">
                <button type="button" class="button" onClick={close}>{s.cancel}</button>
                <button type="button" class="button button-danger" onClick={() => void act()}>{s.myVideos.delete}</button>
            </div>
        </Dialog>
    )
}
