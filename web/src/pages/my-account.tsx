import { useState } from 'preact/hooks'
import { api, ApiError, messageOf } from '../api'
import { Dialog } from '../components/dialog'
import { Check, PasswordField, TextArea, TextField } from '../components/fields'
import { PictureField } from '../components/picture-field'
import { RequireUser } from '../components/require-user'
import { useTitle } from '../components/title'
import { navigate } from '../router'
import { toast, user } from '../state'
import { strings as s } from '../strings'
import { Role } from '../types'
import { Channels } from './my-channels'
import { Sessions } from './my-sessions'

export function MyAccount() {
    useTitle(s.account.title)
    return (
        <RequireUser>
            <div class="page-head"><h1>{s.account.title}</h1></div>
            <div class="stack">
                <Profile />
                <Channels />
                <NotificationSettings />
                <Password />
                <Sessions />
                {user.value?.username !== 'root' && <Leave />}
            </div>
        </RequireUser>
    )
}

function Profile() {
    const me = user.value
    const [displayName, setDisplayName] = useState(me?.account.displayName ?? '')
    const [description, setDescription] = useState(me?.account.description ?? '')
    const [email, setEmail] = useState(me?.email ?? '')
    const [error, setError] = useState<string | null>(null)
    const [busy, setBusy] = useState(false)
    if (!me)
        return null
    const submit = async (event: SubmitEvent) => {
        event.preventDefault()
        setBusy(true)
        setError(null)
        try {
            await api.updateMe({ displayName: displayName.trim(), description: description.trim() || null,
                ...email.trim() && email.trim() !== me.email && { email: email.trim() } })
            user.value = await api.me()
            toast(s.account.saved)
        } catch (e) {
            setError(messageOf(e))
        }
        setBusy(false)
    }
    return (
        <form class="panel" onSubmit={submit} aria-busy={busy}>
            <h2>{s.account.profile}</h2>
            <p class="quiet">{s.account.username(me.username)}</p>
            <PictureField actor={me.account} kind="avatar" path="/users/me/avatar" done={async () => { user.value = await api.me() }} />
            <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
            <TextField label={s.account.displayName} value={displayName} onValue={setDisplayName} required maxLength={120} autocomplete="name" />
            <TextArea label={s.account.description} optional value={description} onValue={setDescription} maxLength={1000} rows={4} />
            <TextField label={s.account.email} type="email" value={email} onValue={setEmail} optional autocomplete="email" />
            <button class="button button-primary" disabled={busy}>{busy ? s.saving : s.save}</button>
        </form>
    )
}

/** Each kind takes effect when it is switched. */
function NotificationSettings() {
    const me = user.value
    const [error, setError] = useState<string | null>(null)
    if (!me?.notificationSettings)
        return null
    const kinds: Record<string, string> = { ...s.notificationSettings.kinds, ...me.role.id <= Role.moderator && s.notificationSettings.staff }
    const change = async (name: string, on: boolean) => {
        const value = on ? 1 : 0
        setError(null)
        try {
            await api.updateNotificationSettings({ [name]: value })
            user.value = { ...me, notificationSettings: { ...me.notificationSettings, [name]: value } }
        } catch (e) {
            setError(messageOf(e))
        }
    }
    return (
        <section class="panel">
            <h2>{s.notificationSettings.title}</h2>
            <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
            {Object.entries(kinds).map(([name, label]) =>
                <Check key={name} label={label} checked={((me.notificationSettings?.[name] ?? 1) & 1) === 1} onValue={on => void change(name, on)} />)}
        </section>
    )
}

function Password() {
    const [error, setError] = useState<string | null>(null)
    const [busy, setBusy] = useState(false)
    const submit = async (event: SubmitEvent) => {
        event.preventDefault()
        const form = event.currentTarget as HTMLFormElement
        const data = new FormData(form)
        setBusy(true)
        setError(null)
        try {
            await api.updateMe({ currentPassword: data.get('current'), password: data.get('next') })
            form.reset()
            toast(s.account.changed)
        } catch (e) {
            setError(e instanceof ApiError && e.code === 'current_password_is_invalid' ? s.account.wrongCurrent : messageOf(e))
        }
        setBusy(false)
    }
    return (
        <form class="panel" onSubmit={submit} aria-busy={busy}>
            <h2>{s.account.password}</h2>
            <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
            <input type="text" name="username" autocomplete="username" value={user.value?.username} hidden readOnly />
            <PasswordField label={s.account.current} name="current" required autocomplete="current-password" />
            <PasswordField label={s.account.next} name="next" required minLength={6} autocomplete="new-password" help={s.signup.passwordHelp} />
            <button class="button button-primary" disabled={busy}>{s.account.change}</button>
        </form>
    )
}

function Leave() {
    const [asking, setAsking] = useState(false)
    const [typed, setTyped] = useState('')
    const [error, setError] = useState<string | null>(null)
    const name = user.value?.username
    const leave = async (event: SubmitEvent) => {
        event.preventDefault()
        if (typed.trim() !== name) {
            setError(s.account.leaveWrong)
            return
        }
        try {
            await api.deleteMe()
            user.value = null
            toast(s.account.left)
            navigate('/')
        } catch (e) {
            setError(messageOf(e))
        }
    }
    return (
        <section class="panel">
            <h2>{s.account.leave}</h2>
            <p class="quiet">{s.account.leaveText}</p>
            <p class="panel-action"><button type="button" class="button" onClick={() => setAsking(true)}>{s.account.leave}</button></p>
            {asking
                && <Dialog title={s.account.leave} onClose={() => setAsking(false)}>
                    <form onSubmit={leave}>
                        <p>{s.account.leaveText}</p>
                        <TextField label={s.account.leaveName(name ?? '')} value={typed} onValue={setTyped} error={error} autocomplete="off" autocapitalize="none" spellcheck={false} />
                        <div class="dialog-actions">
                            <button type="button" class="button" onClick={() => setAsking(false)}>{s.cancel}</button>
                            <button class="button button-danger">{s.account.leave}</button>
                        </div>
                    </form>
                </Dialog>}
        </section>
    )
}
