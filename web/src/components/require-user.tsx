import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { navigate, place } from '../router'
import { user } from '../state'

/** Pages for signed-in people: others are led to the sign-in page and back. */
export function RequireUser({ children }: { children: ComponentChildren }) {
    const signedIn = user.value !== null
    useEffect(() => {
        if (!signedIn)
            navigate(`/login?next=${encodeURIComponent(place.value.path)}`, 'replace')
    }, [signedIn])
    return signedIn ? <>{children}</> : null
}
