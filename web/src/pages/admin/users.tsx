// The accounts of this site: who they are, what they may, how much room they have.

import { useState } from 'preact/hooks'
import { messageOf } from '../../api'
import { Avatar } from '../../components/avatar'
import { Dialog } from '../../components/dialog'
import { PasswordField, Select, TextArea, TextField } from '../../components/fields'
import { Icon } from '../../components/icons'
import { Menu } from '../../components/menu'
import { usePaged } from '../../components/paged'
import { Empty, ErrorBox } from '../../components/video-grid'
import { formatAge, formatBytes } from '../../lib/format'
import { navigate, paths, place } from '../../router'
import { toast, user } from '../../state'
import { strings as s } from '../../strings'
import { Role } from '../../types'
import { admin, type AdminUser } from './api'

type Doing = { what: 'create' } | { what: 'edit' | 'block' | 'delete'; to: AdminUser } | null

export function Users() {
    const words = place.value.search.get('search') ?? ''
    const paged = usePaged((start, count, signal) => admin.users({ start, count, sort: '-createdAt', search: words }, signal), [words])
    const { list, error, busy, more, retry, reload } = paged
    const [doing, setDoing] = useState<Doing>(null)
    const done = (text: string) => {
        setDoing(null)
        toast(text)
        reload()
    }
    const unblock = (u: AdminUser) =>
        admin.unblockUser(u.id).then(() => done(s.admin.users.unblocked(u.username)), e => toast(messageOf(e), 'error'))
    return (
        <>
            <div class="page-head">
                <form role="search" aria-label={s.admin.users.search} onSubmit={e => {
                    e.preventDefault()
                    const q = String(new FormData(e.currentTarget as HTMLFormElement).get('search') ?? '').trim()
                    navigate(q ? `/admin/users?search=${encodeURIComponent(q)}` : '/admin/users')
                }}>
                    <input type="search" name="search" defaultValue={words} placeholder={s.admin.users.search} aria-label={s.admin.users.search} />
                </form>
                <button type="button" class="button button-primary" onClick={() => setDoing({ what: 'create' })}><Icon name="plus" />{s.admin.users.create}</button>
            </div>
            {error && <ErrorBox text={error} retry={retry} />}
            {!list && busy && <p class="quiet" role="status">{s.loading}</p>}
            {list?.data.length === 0 && !busy && <Empty title={s.admin.users.none} />}
            <ul class="plain-rows wide-rows">
                {list?.data.map(u =>
                    <li key={u.id} class="plain-row">
                        <Avatar actor={u.account} size={40} />
                        <span class="plain-row-text">
                            <span><a class="row-title" href={paths.account(u.account.name)}>{u.account.displayName}</a>
                                {u.role.id < Role.user && <span class="badge badge-busy">{u.role.label}</span>}
                                {u.blocked && <span class="badge badge-bad" title={u.blockedReason ?? undefined}>{s.admin.users.blocked}</span>}</span>
                            <span class="quiet cut">@{u.username}{u.email && ` · ${u.email}`}</span>
                            <span class="quiet narrow-only">{quota(u)}</span>
                        </span>
                        <span class="quiet plain-row-fact wide-only">{quota(u)}</span>
                        <span class="quiet plain-row-fact wide-only">{u.lastLoginDate ? s.admin.users.seen(formatAge(u.lastLoginDate)) : s.admin.users.never}</span>
                        <Menu label={s.admin.users.more(u.username)} button={<Icon name="dots" />}>
                            <button type="button" onClick={() => setDoing({ what: 'edit', to: u })}><Icon name="edit" />{s.myVideos.edit}</button>
                            {u.id !== user.value?.id && u.username !== 'root'
                                && <>
                                    {u.blocked
                                        ? <button type="button" onClick={() => void unblock(u)}><Icon name="check" />{s.admin.users.unblock}</button>
                                        : <button type="button" onClick={() => setDoing({ what: 'block', to: u })}><Icon name="mute" />{s.admin.users.block}</button>}
                                    <button type="button" onClick={() => setDoing({ what: 'delete', to: u })}><Icon name="trash" />{s.myVideos.delete}</button>
                                </>}
                        </Menu>
                    </li>)}
            </ul>
            {list && list.data.length < list.total
                && <div class="grid-end"><button type="button" class="button" disabled={busy} onClick={more}>{s.home.more}</button></div>}
            {doing?.what === 'create' && <UserDialog close={() => setDoing(null)} done={done} />}
            {doing?.what === 'edit' && <UserDialog of={doing.to} close={() => setDoing(null)} done={done} />}
            {doing?.what === 'block' && <BlockDialog of={doing.to} close={() => setDoing(null)} done={done} />}
            {doing?.what === 'delete' && <DeleteDialog of={doing.to} close={() => setDoing(null)} done={done} />}
        </>
    )
}

function quota(u: AdminUser): string {
    const used = formatBytes(u.videoQuotaUsed ?? 0)
    return u.videoQuota < 0 ? s.myVideos.quotaUnlimited(used) : s.myVideos.quota(used, formatBytes(u.videoQuota))
}

interface DialogProps { close: () => void; done: (text: string) => void }

const GIB = 1024 ** 3

function UserDialog({ of, close, done }: DialogProps & { of?: AdminUser }) {
    const [role, setRole] = useState(String(of?.role.id ?? Role.user))
    const [gib, setGib] = useState(of && of.videoQuota >= 0 ? String(Math.round(of.videoQuota / GIB * 100) / 100) : '')
    const [error, setError] = useState<string | null>(null)
    const [busy, setBusy] = useState(false)
    const roles = Object.entries(s.admin.users.roles).map(([id, label]) => ({ id, label }))
    const submit = async (event: SubmitEvent) => {
        event.preventDefault()
        const data = new FormData(event.currentTarget as HTMLFormElement)
        const get = (key: string) => String(data.get(key) ?? '').trim()
        const size = gib.trim() === '' ? -1 : Math.round(Number(gib.replace(',', '.')) * GIB)
        if (Number.isNaN(size)) {
            setError(s.admin.users.quotaWrong)
            return
        }
        const username = of?.username ?? get('username').toLowerCase()
        const body = {
            role: Number(role), videoQuota: size, ...get('email') && get('email') !== of?.email && { email: get('email') },
            ...data.get('password') && { password: String(data.get('password')) }
        }
        setBusy(true)
        try {
            await (of ? admin.updateUser(of.id, body) : admin.createUser({ username, ...body }))
            done(of ? s.admin.users.saved(username) : s.admin.users.created(username))
        } catch (e) {
            setError(messageOf(e))
            setBusy(false)
        }
    }
    return (
        <Dialog title={of ? s.admin.users.editOf(of.username) : s.admin.users.create} onClose={close}>
            <form onSubmit={submit} aria-busy={busy}>
                <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
                {!of && <TextField label={s.signup.username} name="username" required maxLength={50} autocapitalize="none" spellcheck={false}
                    autocomplete="off" help={s.signup.usernameHelp} />}
                <TextField label={s.signup.email} name="email" type="email" optional autocomplete="off" value={of?.email ?? ''} />
                <PasswordField label={of ? s.admin.users.newPassword : s.signup.password} name="password" required={!of} autocomplete="new-password"
                    help={of ? s.admin.users.passwordKeeps : s.signup.passwordHelp} />
                <div class="field-row">
                    <Select label={s.admin.users.role} value={role} onValue={setRole} options={roles} />
                    <TextField label={s.admin.users.quota} value={gib} onValue={setGib} help={s.admin.users.quotaHelp} />
                </div>
                <div class="dialog-actions">
                    <button type="button" class="button" onClick={close}>{s.cancel}</button>
                    <button class="button button-primary" disabled={busy}>{of ? s.save : s.admin.users.create}</button>
                </div>
            </form>
        </Dialog>
    )
}

function BlockDialog({ of, close, done }: DialogProps & { of: AdminUser }) {
    const [reason, setReason] = useState('')
    const [error, setError] = useState<string | null>(null)
    const act = () => admin.blockUser(of.id, reason.trim()).then(() => done(s.admin.users.blockedDone(of.username)), e => setError(messageOf(e)))
    return (
        <Dialog title={s.admin.users.blockOf(of.username)} onClose={close}>
            <p>{s.admin.users.blockText}</p>
            <TextArea label={s.admin.users.reason} optional value={reason} onValue={setReason} rows={3} maxLength={250} error={error} />
            <div class="dialog-actions">
                <button type="button" class="button" onClick={close}>{s.cancel}</button>
                <button type="button" class="button button-danger" onClick={() => void act()}>{s.admin.users.block}</button>
            </div>
        </Dialog>
    )
}

function DeleteDialog({ of, close, done }: DialogProps & { of: AdminUser }) {
    const [error, setError] = useState<string | null>(null)
    const act = () => admin.deleteUser(of.id).then(() => done(s.admin.users.deleted(of.username)), e => setError(messageOf(e)))
    return (
        <Dialog title={s.admin.users.deleteOf(of.username)} onClose={close}>
            <p>{s.admin.users.deleteText}</p>
            <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
            <div class="dialog-actions">
                <button type="button" class="button" onClick={close}>{s.cancel}</button>
                <button type="button" class="button button-danger" onClick={() => void act()}>{s.myVideos.delete}</button>
            </div>
        </Dialog>
    )
}
