// The form of a video's details, for the upload page and for "my videos".

import { useEffect, useState } from 'preact/hooks'
import { choices, type VideoPatch } from '../api'
import { config, user } from '../state'
import { strings as s } from '../strings'
import type { Label, VideoDetails } from '../types'
import { Check, Select, TextArea, TextField } from './fields'

export interface VideoMeta {
    name: string
    description: string
    privacy: number
    channelId: number
    tags: string
    category: string
    licence: string
    language: string
    nsfw: boolean
    downloadEnabled: boolean
    commentsPolicy: number
    originallyPublishedAt: string
    support: string
    /** only asked when a video is made */
    waitTranscoding: boolean
}

export function newMeta(name: string): VideoMeta {
    return {
        name, description: '', privacy: 1, channelId: user.value?.videoChannels[0]?.id ?? 0, tags: '', category: '',
        licence: '', language: '', nsfw: false, downloadEnabled: true, commentsPolicy: 1, originallyPublishedAt: '', support: '', waitTranscoding: false
    }
}

export function metaOf(v: VideoDetails): VideoMeta {
    return {
        name: v.name, description: v.description ?? '', privacy: v.privacy.id ?? 1, channelId: v.channel.id,
        tags: (v.tags ?? []).join(', '), category: String(v.category?.id ?? ''), licence: String(v.licence?.id ?? ''),
        language: v.language?.id ?? '', nsfw: v.nsfw, downloadEnabled: v.downloadEnabled ?? true,
        commentsPolicy: v.commentsPolicy?.id ?? 1, originallyPublishedAt: v.originallyPublishedAt?.slice(0, 10) ?? '',
        support: v.support ?? '', waitTranscoding: false
    }
}

export function tagList(text: string): string[] {
    return [...new Set(text.split(/[,\n]/).map(t => t.trim().replace(/^#/, '')).filter(Boolean))]
}

export function metaErrors(m: VideoMeta): { name?: string; tags?: string } {
    const errors: { name?: string; tags?: string } = {}
    const length = [...m.name.trim()].length
    if (length < 3 || length > 120)
        errors.name = s.form.nameWrong
    const tags = tagList(m.tags)
    if (tags.length > 5 || tags.some(t => t.length < 2 || t.length > 30))
        errors.tags = s.form.tagsWrong
    return errors
}

export function patchOf(m: VideoMeta): VideoPatch {
    const number = (text: string) => text === '' ? null : Number(text)
    return {
        name: m.name.trim(), description: m.description.trim() || null, privacy: m.privacy, channelId: m.channelId,
        tags: tagList(m.tags), category: number(m.category), licence: number(m.licence), language: m.language || null,
        nsfw: m.nsfw, downloadEnabled: m.downloadEnabled, commentsPolicy: m.commentsPolicy, support: m.support.trim() || null,
        originallyPublishedAt: m.originallyPublishedAt ? new Date(`${m.originallyPublishedAt}T12:00:00Z`).toISOString() : null
    }
}

function useChoices(kind: 'categories' | 'licences' | 'languages'): Label<string>[] {
    const [list, setList] = useState<Label<string>[]>([])
    useEffect(() => { choices(kind).then(setList, () => undefined) }, [kind])
    return list
}

export function VideoForm({ meta, change, creating = false }:
    { meta: VideoMeta; change: (part: Partial<VideoMeta>) => void; creating?: boolean }) {
    const categories = useChoices('categories')
    const licences = useChoices('licences')
    const languages = useChoices('languages')
    const errors = metaErrors(meta)
    const channels = user.value?.videoChannels ?? []
    const withNone = (list: Label<string>[]) => [{ id: '', label: s.form.none }, ...list.map(l => ({ id: l.id ?? '', label: l.label }))]
    return (
        <div class="video-form">
            <TextField label={s.form.name} value={meta.name} onValue={name => change({ name })} maxLength={120} required
                error={errors.name} />
            <TextArea label={s.form.description} value={meta.description} onValue={description => change({ description })}
                maxLength={10000} help={s.form.descriptionHelp} />
            <div class="field-row">
                <Select label={s.form.privacy} value={String(meta.privacy)} onValue={v => change({ privacy: Number(v) })}
                    options={Object.entries(s.privacies).map(([id, label]) => ({ id, label }))} />
                {channels.length > 1
                    && <Select label={s.form.channel} value={String(meta.channelId)} onValue={v => change({ channelId: Number(v) })}
                        options={channels.map(c => ({ id: String(c.id), label: c.displayName }))} />}
            </div>
            <TextField label={s.form.tags} value={meta.tags} onValue={tags => change({ tags })} help={s.form.tagsHelp} error={errors.tags} />
            <details class="more">
                <summary>{s.form.more}</summary>
                <div class="field-row">
                    <Select label={s.form.category} value={meta.category} onValue={category => change({ category })} options={withNone(categories)} />
                    <Select label={s.form.language} value={meta.language} onValue={language => change({ language })} options={withNone(languages)} />
                    <Select label={s.form.licence} value={meta.licence} onValue={licence => change({ licence })} options={withNone(licences)} />
                    <Select label={s.form.comments} value={String(meta.commentsPolicy)} onValue={v => change({ commentsPolicy: Number(v) })}
                        options={Object.entries(s.form.commentsPolicies).map(([id, label]) => ({ id, label }))} />
                </div>
                <TextField label={s.form.originally} type="date" value={meta.originallyPublishedAt}
                    onValue={originallyPublishedAt => change({ originallyPublishedAt })} />
                <TextArea label={s.form.support} value={meta.support} onValue={support => change({ support })} rows={2}
                    maxLength={1000} help={s.form.supportHelp} />
                <Check label={s.form.nsfw} help={s.form.nsfwHelp} checked={meta.nsfw} onValue={nsfw => change({ nsfw })} />
                {creating
                    && <Check label={s.form.wait} checked={meta.waitTranscoding} onValue={waitTranscoding => change({ waitTranscoding })} />}
                <Check label={s.form.download} checked={meta.downloadEnabled} onValue={downloadEnabled => change({ downloadEnabled })} />
            </details>
        </div>
    )
}

/** "My_holiday.final.mp4" -> "My holiday.final", at least three characters long */
export function nameFromFile(filename: string): string {
    const name = filename.replace(/\.[a-z0-9]{1,5}$/i, '').replace(/[_\s]+/g, ' ').trim().slice(0, 120)
    return name.length >= 3 ? name : `${name || 'New'} video`.trim()
}

export function maxChunk(): number {
    return config.value.client?.videos?.resumableUpload?.maxChunkSize ?? 0
}
