import { Description } from '../components/description'
import { useTitle } from '../components/title'
import { config } from '../state'
import { strings as s } from '../strings'

export function About() {
    useTitle(s.about.title)
    const { instance, serverVersion } = config.value
    return (
        <div class="prose">
            <h1>{instance.name}</h1>
            {instance.shortDescription && <p class="lead">{instance.shortDescription}</p>}
            {instance.description && <Description text={instance.description} />}
            {instance.terms && <><h2>{s.about.terms}</h2><Description text={instance.terms} /></>}
            <h2>{s.about.software}</h2>
            <p>{s.about.softwareText}</p>
            {serverVersion && <p class="quiet">{s.about.version(serverVersion)}</p>}
        </div>
    )
}
