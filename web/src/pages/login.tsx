import { useEffect, useState } from 'preact/hooks'
import { api, ApiError, messageOf } from '../api'
import { PasswordField, TextField } from '../components/fields'
import { useTitle } from '../components/title'
import { navigate, place } from '../router'
import { config, user } from '../state'
import { strings as s } from '../strings'

/** Only a path of this site may follow the sign-in. */
function destination(): string {
    const next = place.value.search.get('next') ?? '/'
    return /^\/(?![/\\])/.test(next) ? next : '/'
}

export function Login() {
    useTitle(s.login.title)
    const [error, setError] = useState<string | null>(null)
    const [busy, setBusy] = useState(false)
    const needed = place.value.search.has('next')

    useEffect(() => {
        if (user.value)
            navigate(destination(), 'replace')
    }, [])

    const submit = async (event: SubmitEvent) => {
        event.preventDefault()
        const data = new FormData(event.currentTarget as HTMLFormElement)
        setBusy(true)
        setError(null)
        try {
            user.value = await api.login(String(data.get('username')).trim(), String(data.get('password')))
            navigate(destination(), 'replace')
        } catch (e) {
            setBusy(false)
            if (e instanceof ApiError && e.code === 'invalid_grant')
                setError(s.login.wrong)
            else if (e instanceof ApiError && e.status === 429)
                setError(s.login.limited(e.retryAfter))
            else
                setError(messageOf(e))
        }
    }
    return (
        <form class="panel panel-narrow" onSubmit={submit} aria-busy={busy}>
            <h1>{s.login.title}</h1>
            <p class="quiet">{needed ? s.login.needed : s.login.text(config.value.instance.name)}</p>
            <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
            <TextField label={s.login.username} name="username" required autocomplete="username" autocapitalize="none"
                spellcheck={false} autofocus />
            <PasswordField label={s.login.password} name="password" required autocomplete="current-password" />
            <button class="button button-primary button-wide" disabled={busy}>{s.login.submit}</button>
            {config.value.signup.allowed
                && <p class="panel-foot">{s.login.noAccount} <a href="/signup">{s.login.create}</a></p>}
        </form>
    )
}
