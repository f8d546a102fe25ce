// Parts of the client that are loaded when they are first shown.

import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../api'
import { strings as s } from '../strings'
import { ErrorBox } from './video-grid'

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => preact.JSX.Element {
    let loaded: ComponentType<P> | null = null
    return props => {
        const [, setReady] = useState(false)
        const [error, setError] = useState<string | null>(null)
        const [attempt, setAttempt] = useState(0)
        useEffect(() => {
            if (loaded)
                return
            let gone = false
            setError(null)
            load().then(part => {
                loaded = part
                if (!gone)
                    setReady(true)
            }, e => { if (!gone) setError(messageOf(e)) })
            return () => { gone = true }
        }, [attempt])
        const Part = loaded
        return Part ? <Part {...props} />
            : error ? <ErrorBox text={error} retry={() => setAttempt(attempt + 1)} />
                : <p class="quiet" role="status">{s.loading}</p>
    }
}
