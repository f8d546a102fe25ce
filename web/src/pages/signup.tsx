import { useState } from 'preact/hooks'
import { api, messageOf } from '../api'
import { PasswordField, TextField } from '../components/fields'
import { useTitle } from '../components/title'
import { Empty } from '../components/video-grid'
import { navigate } from '../router'
import { config, toast, user } from '../state'
import { strings as s } from '../strings'

export function Signup() {
    useTitle(s.signup.title)
    const [error, setError] = useState<string | null>(null)
    const [nameError, setNameError] = useState<string | null>(null)
    const [busy, setBusy] = useState(false)

    if (!config.value.signup.allowed)
        return <><h1 class="visually-hidden">{s.signup.title}</h1><Empty title={s.signup.closed} /></>

    const submit = async (event: SubmitEvent) => {
        event.preventDefault()
        const data = new FormData(event.currentTarget as HTMLFormElement)
        const get = (key: string) => String(data.get(key) ?? '').trim()
        const username = get('username').toLowerCase()
        const password = String(data.get('password'))
        if (!/^[a-z0-9_.]{1,50}$/.test(username)) {
            setNameError(s.signup.usernameWrong)
            return
        }
        setNameError(null)
        setBusy(true)
        setError(null)
        try {
            const email = get('email')
            const displayName = get('displayName')
            await api.register({ username, password, ...email && { email }, ...displayName && { displayName } })
            user.value = await api.login(username, password)
            toast(s.signup.welcome(user.value.account.displayName))
            navigate('/', 'replace')
        } catch (e) {
            setBusy(false)
            setError(messageOf(e))
        }
    }
    return (
        <form class="panel panel-narrow" onSubmit={submit} aria-busy={busy}>
            <h1>{s.signup.title}</h1>
            <p class="quiet">{s.signup.text(config.value.instance.name)}</p>
            <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
            <TextField label={s.signup.username} name="username" required autocomplete="username" autocapitalize="none"
                spellcheck={false} maxLength={50} help={s.signup.usernameHelp} error={nameError} autofocus />
            <TextField label={s.signup.displayName} name="displayName" optional autocomplete="name" maxLength={120} />
            <TextField label={s.signup.email} name="email" type="email" autocomplete="email"
                optional={!config.value.signup.requiresEmailVerification}
                required={!!config.value.signup.requiresEmailVerification} />
            <PasswordField label={s.signup.password} name="password" required minLength={6} autocomplete="new-password"
                help={s.signup.passwordHelp} />
            <button class="button button-primary button-wide" disabled={busy}>{s.signup.submit}</button>
            <p class="panel-foot">{s.signup.haveAccount} <a href="/login">{s.header.signIn}</a></p>
        </form>
    )
}
