// Lists of blocked accounts and servers, with a way to add and take away: one's own, and the site's.

import { useState } from 'preact/hooks'
import { blocklist, messageOf } from '../api'
import { fullHandle, parseHandle } from '../lib/handle'
import { formatDay } from '../lib/format'
import { toast } from '../state'
import { strings as s } from '../strings'
import { Avatar } from './avatar'
import { TextField } from './fields'
import { Icon } from './icons'
import { usePaged, type Paged } from './paged'
import { ErrorBox } from './video-grid'

/** "Example.social" -> "example.social"; null when it is no name of a server. */
export function hostOnly(text: string): string | null {
    return /^[a-z0-9.-]+(:\d{1,5})?$/i.test(text) ? text.toLowerCase() : null
}

export function BlockLists({ base }: { base: '/users/me' | '/server' }) {
    const lists = blocklist(base)
    const accounts = usePaged((start, count, signal) => lists.accounts({ start, count }, signal), [base], undefined, b => b.blockedAccount.id)
    const servers = usePaged((start, count, signal) => lists.servers({ start, count }, signal), [base], undefined, b => b.blockedServer.host)
    return (
        <div class="block-lists">
            <BlockList title={s.blocks.accounts} label={s.blocks.account} placeholder="@somebody@example.social" paged={accounts} empty={s.blocks.noAccounts}
                check={text => parseHandle(text) ?? (/^@?[\w.-]+$/.test(text) ? text.replace(/^@/, '') : null)} wrong={s.interact.wrong}
                add={lists.blockAccount} remove={b => lists.unblockAccount(fullHandle(b.blockedAccount))}
                name={b => `@${fullHandle(b.blockedAccount)}`}
                show={b => <><Avatar actor={b.blockedAccount} size={36} /><span class="plain-row-text"><strong>{b.blockedAccount.displayName}</strong>
                    <span class="quiet cut">@{fullHandle(b.blockedAccount)}</span></span></>} />
            <BlockList title={s.blocks.servers} label={s.blocks.server} placeholder="example.social" paged={servers} empty={s.blocks.noServers}
                check={hostOnly} wrong={s.blocks.wrongServer}
                add={lists.blockServer} remove={b => lists.unblockServer(b.blockedServer.host)}
                name={b => b.blockedServer.host}
                show={b => <><Icon name="globe" /><span class="plain-row-text"><strong>{b.blockedServer.host}</strong></span></>} />
        </div>
    )
}

/** A list that one adds to by name, and takes away from. */
export function BlockList<T extends { createdAt: string }>({ title, text: about, label, placeholder, paged, empty, check, wrong, add, remove, name, show }: {
    title: string; text?: string; label: string; placeholder: string; paged: Paged<T>; empty: string; wrong: string
    check: (text: string) => string | null
    add: (what: string) => Promise<void>; remove: (item: T) => Promise<void>
    name: (item: T) => string; show: (item: T) => preact.ComponentChildren
}) {
    const [text, setText] = useState('')
    const [error, setError] = useState<string | null>(null)
    const [busy, setBusy] = useState(false)
    const { list } = paged
    const submit = async (event: SubmitEvent) => {
        event.preventDefault()
        const what = check(text.trim())
        if (!what) {
            setError(wrong)
            return
        }
        setBusy(true)
        setError(null)
        try {
            await add(what)
            setText('')
            paged.reload()
        } catch (e) {
            setError(messageOf(e))
        }
        setBusy(false)
    }
    const unblock = async (item: T) => {
        try {
            await remove(item)
            paged.setList(l => l && { total: l.total - 1, data: l.data.filter(i => i !== item) })
            toast(s.blocks.removed(name(item)))
        } catch (e) {
            toast(messageOf(e), 'error')
        }
    }
    return (
        <section class="panel">
            <h2>{title}</h2>
            {about && <p class="quiet">{about}</p>}
            <form class="inline-form" onSubmit={submit} aria-busy={busy}>
                <TextField label={label} value={text} onValue={setText} error={error} autocapitalize="none" spellcheck={false} placeholder={placeholder} />
                <button class="button" disabled={busy || !text.trim()}>{s.blocks.add}</button>
            </form>
            {paged.error && <ErrorBox text={paged.error} retry={paged.retry} />}
            {list?.data.length === 0 && <p class="quiet">{empty}</p>}
            <ul class="plain-rows">
                {list?.data.map(item =>
                    <li key={name(item)} class="plain-row">
                        {show(item)}
                        <span class="quiet wide-only">{formatDay(item.createdAt)}</span>
                        <button type="button" class="button button-small" aria-label={s.blocks.removeOf(name(item))} onClick={() => void unblock(item)}>{s.blocks.remove}</button>
                    </li>)}
            </ul>
            {list && list.data.length < list.total
                && <button type="button" class="button button-small" disabled={paged.busy} onClick={paged.more}>{s.home.more}</button>}
        </section>
    )
}
