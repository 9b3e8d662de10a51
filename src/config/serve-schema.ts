/** The part `serve` of the config: what pools ask for, told to autoscalers that others run. */
import { Type, type Static } from 'typebox';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { follows, strict } from './option-types.ts';

const { serve: defaults } = CONFIG_DEFAULTS;
const ADDRESS =
  '^([A-Za-z0-9.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}\\]):(6553[0-5]|655[0-2]\\d|65[0-4]\\d\\d|6[0-4]\\d{3}|[1-5]\\d{4}|\\d{1,4})$';

const File = (description: string) => Type.String({ minLength: 1, maxLength: 4_096, description });
const listen = (address: string) =>
  Type.Optional(
    Type.String({
      pattern: ADDRESS,
      default: address,
      description: '`<address>:<port>`. Anything but loopback needs a token in FORESCALE_SERVE_TOKEN or certificates of clients',
    }),
  );

export const Serve = Type.Object(
  {
    recommender: Type.Optional(
      Type.Object(
        { listen: listen(defaults.recommender) },
        { ...strict, description: 'HTTP recommender for the WatermarkPodAutoscaler of Datadog: `POST /wpa/<pool>`' },
      ),
    ),
    keda: Type.Optional(
      Type.Object(
        { listen: listen(defaults.keda) },
        { ...strict, description: 'KEDA external scaler over gRPC, `external` and `external-push`; needs the package @grpc/grpc-js' },
      ),
    ),
    externalMetrics: Type.Optional(
      Type.Object(
        {
          listen: Type.Optional(
            Type.String({
              pattern: ADDRESS,
              default: defaults.externalMetrics,
              description: '`<address>:<port>`. Only the API server is answered, by its certificate',
            }),
          ),
          callers: Type.Optional(
            Type.Object(
              {
                caFile: File('Authority of the certificate by which the API server asks (its `--requestheader-client-ca-file`)'),
                names: Type.Optional(
                  Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
                    default: [],
                    maxItems: 100,
                    description: 'Common names of certificates of it that may ask; none: all',
                  }),
                ),
              },
              {
                ...strict,
                description: 'Who may ask',
                ...follows('what the cluster tells in `kube-system/extension-apiserver-authentication`, read again every minute'),
              },
            ),
          ),
          kubeconfig: Type.Optional(
            Type.String({
              minLength: 1,
              description: 'File for the cluster',
              ...follows('the service account of the pod, or $KUBECONFIG'),
            }),
          ),
          context: Type.Optional(Type.String({ minLength: 1, description: 'Context of the kubeconfig', ...follows('its current one') })),
        },
        { ...strict, description: 'API server of `external.metrics.k8s.io/v1beta1` for the HPA, over HTTPS; needs `serve.tls`' },
      ),
    ),
    tls: Type.Optional(
      Type.Object(
        {
          certFile: File('Certificate of the servers, and those between it and its authority'),
          keyFile: File('Its private key'),
          clientCaFile: Type.Optional(
            File('Authorities of clients: nobody is let in without a certificate of theirs, and no token is needed'),
          ),
        },
        { ...strict, description: 'TLS for all of them. Files are PEM, relative to the working directory, read at the start' },
      ),
    ),
  },
  { ...strict, description: 'What pools ask for, told to autoscalers of others' },
);
export type ServeConfig = Static<typeof Serve>;
