// Where the signed-in person is signed in, and a way to end it there.

import { useEffect, useState } from 'preact/hooks'
import { api, messageOf } from '../api'
import { Icon } from '../components/icons'
import { ErrorBox } from '../components/video-grid'
import { formatAge } from '../lib/format'
import { toast, user } from '../state'
import { strings as s } from '../strings'
import type { Session } from '../types'

export function Sessions() {
    const [list, setList] = useState<Session[] | null>(null)
    const [error, setError] = useState<string | null>(null)
    const id = user.value?.id
    useEffect(() => {
        if (id !== undefined)
            api.sessions(id).then(page => setList(page.data), e => setError(messageOf(e)))
    }, [id])
    const end = async (session: Session) => {
        if (id === undefined)
            return
        try {
            await api.endSession(id, session.id)
            setList(l => l && l.filter(x => x.id !== session.id))
            toast(s.sessions.ended)
        } catch (e) {
            toast(messageOf(e), 'error')
        }
    }
    return (
        <section class="panel">
            <h2>{s.sessions.title}</h2>
            {error && <ErrorBox text={error} />}
            <ul class="plain-rows">
                {list?.map(x => {
                    const name = x.isCookie === false ? s.sessions.app : deviceOf(x.lastActivityDevice ?? x.loginDevice)
                    return <li key={x.id} class="plain-row">
                        <Icon name={x.isCookie === false ? 'settings' : 'globe'} />
                        <span class="plain-row-text">
                            <strong class="cut">{name}</strong>
                            <span class="quiet">{[x.lastActivityIP ?? x.loginIP, x.lastActivityDate && s.sessions.active(formatAge(x.lastActivityDate))].filter(Boolean).join(' · ')}</span>
                        </span>
                        {x.currentSession
                            ? <span class="badge badge-good">{s.sessions.current}</span>
                            : <button type="button" class="button button-small" aria-label={`${s.header.signOut}: ${name}`} onClick={() => void end(x)}>{s.header.signOut}</button>}
                    </li>
                })}
            </ul>
        </section>
    )
}

/** "Mozilla/5.0 (…) … Firefox/128.0" -> "Firefox on Linux": enough to recognise one's own. */
function deviceOf(agent: string | null | undefined): string {
    const text = agent ?? ''
    const find = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(text))?.[1]
    const browser = find([[/Edg(e|A|iOS)?\//, 'Edge'], [/OPR\/|Opera/, 'Opera'], [/Firefox\/|FxiOS/, 'Firefox'], [/Chrome\/|CriOS/, 'Chrome'], [/Safari\//, 'Safari']])
    const system = find([[/Android/, 'Android'], [/iPhone|iPad|iOS/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X|Macintosh/, 'macOS'], [/CrOS/, 'ChromeOS'], [/Linux|X11/, 'Linux']])
    return browser && system ? s.sessions.device(browser, system) : browser ?? system ?? (text.split(' ')[0] || s.sessions.unknown)
}
