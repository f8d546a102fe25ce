import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { navigate } from '../router'
import { user } from '../state'
import { loginPath } from './interact'

/** Pages for signed-in people: others are led to the sign-in page and back. */
export function RequireUser({ children }: { children: ComponentChildren }) {
    const signedIn = user.value !== null
    useEffect(() => {
        if (!signedIn)
            navigate(loginPath(), 'replace')
    }, [signedIn])
    return signedIn ? <>{children}</> : null
}
