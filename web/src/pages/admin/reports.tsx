// What people told the moderators.

import { useState } from 'preact/hooks'
import { messageOf } from '../../api'
import { Dialog } from '../../components/dialog'
import { TextArea } from '../../components/fields'
import { Markup } from '../../components/markup'
import { usePaged } from '../../components/paged'
import { Empty, ErrorBox } from '../../components/video-grid'
import { formatAge } from '../../lib/format'
import { fullHandle, localHandle } from '../../lib/handle'
import { paths } from '../../router'
import { toast } from '../../state'
import { strings as s } from '../../strings'
import { admin, type Report } from './api'

/** As the API numbers them. */
const State = { pending: 1, rejected: 2, accepted: 3 } as const
const badges: Record<number, string> = { 1: 'badge badge-warn', 2: 'badge badge-busy', 3: 'badge badge-good' }

export function Reports() {
    const { list, error, busy, more, retry, setList } = usePaged((start, count, signal) => admin.reports({ start, count, sort: '-createdAt' }, signal), [])
    const [settling, setSettling] = useState<Report | null>(null)
    const remove = async (report: Report) => {
        try {
            await admin.deleteReport(report.id)
            setList(l => l && { total: l.total - 1, data: l.data.filter(r => r.id !== report.id) })
            toast(s.admin.reports.deleted)
        } catch (e) {
            toast(messageOf(e), 'error')
        }
    }
    return (
        <div class="column column-start">
            {error && <ErrorBox text={error} retry={retry} />}
            {!list && busy && <p class="quiet" role="status">{s.loading}</p>}
            {list?.data.length === 0 && !busy && <Empty title={s.admin.reports.none} text={s.admin.reports.noneText} />}
            <ul class="reports">
                {list?.data.map(r =>
                    <li key={r.id} class="panel report">
                        <p class="report-head">
                            <span class={badges[r.state.id] ?? 'badge'}>{s.admin.reports.states[r.state.id] ?? r.state.label}</span>
                            <span class="quiet">{r.reporterAccount ? s.admin.reports.by(`@${fullHandle(r.reporterAccount)}`) : ''} <time dateTime={r.createdAt}>{formatAge(r.createdAt)}</time></span>
                        </p>
                        <p class="report-about"><About report={r} /></p>
                        {r.comment && !r.comment.deleted && <blockquote class="report-quote"><Markup html={r.comment.html ?? ''} /></blockquote>}
                        {(r.predefinedReasons?.length ?? 0) > 0
                            && <p class="quiet">{r.predefinedReasons?.map(k => s.report.reasons[k] ?? k).join(' · ')}</p>}
                        <p class="report-reason">{r.reason}</p>
                        {r.moderationComment && <p class="quiet">{s.admin.reports.note}: {r.moderationComment}</p>}
                        <p class="page-actions">
                            <button type="button" class="button button-small" onClick={() => setSettling(r)}>
                                {r.state.id === State.pending ? s.admin.reports.settle : s.admin.reports.change}</button>
                            <button type="button" class="button button-small" onClick={() => void remove(r)}>{s.myVideos.delete}</button>
                        </p>
                    </li>)}
            </ul>
            {list && list.data.length < list.total
                && <div class="grid-end"><button type="button" class="button" disabled={busy} onClick={more}>{s.home.more}</button></div>}
            {settling
                && <Settle report={settling} close={() => setSettling(null)} done={(state, note) => {
                    setList(l => l && { ...l, data: l.data.map(r => r.id === settling.id
                        ? { ...r, state: { id: state, label: s.admin.reports.states[state] ?? '' }, moderationComment: note } : r) })
                    setSettling(null)
                }} />}
        </div>
    )
}

function About({ report: { video, comment, flaggedAccount } }: { report: Report }) {
    const about = comment?.video ?? video
    const link = (path: string) => about?.shortUUID ? <a href={paths.watch({ shortUUID: about.shortUUID }) + path}>{about.name}</a> : about?.name
    const by = flaggedAccount && <> <span class="quiet">@{fullHandle(flaggedAccount)}</span></>
    if (comment)
        return <>{s.admin.reports.comment} {link(comment.deleted ? '' : `;threadId=${comment.threadId}#comment-${comment.id}`)}{by}</>
    if (video)
        return <>{s.admin.reports.video} {link('')}{by}</>
    if (flaggedAccount)
        return <>{s.admin.reports.account} <a href={paths.account(localHandle(flaggedAccount))}>@{fullHandle(flaggedAccount)}</a></>
    return <>{s.admin.reports.gone}</>
}

function Settle({ report, close, done }: { report: Report; close: () => void; done: (state: number, note: string) => void }) {
    const [note, setNote] = useState(report.moderationComment ?? '')
    const [error, setError] = useState<string | null>(null)
    const act = async (state: number) => {
        try {
            await admin.settleReport(report.id, state, note.trim())
            toast(s.admin.reports.settled)
            done(state, note.trim())
        } catch (e) {
            setError(messageOf(e))
        }
    }
    return (
        <Dialog title={s.admin.reports.settle} onClose={close}>
            <p>{s.admin.reports.settleText}</p>
            <TextArea label={s.admin.reports.note} optional value={note} onValue={setNote} rows={3} maxLength={3000} error={error} />
            <div class="dialog-actions">
                <button type="button" class="button" onClick={() => void act(State.rejected)}>{s.admin.reports.reject}</button>
                <button type="button" class="button button-primary" onClick={() => void act(State.accepted)}>{s.admin.reports.accept}</button>
            </div>
        </Dialog>
    )
}
